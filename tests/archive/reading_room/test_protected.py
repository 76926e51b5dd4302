"""Whoever may not know who is protected learns it nowhere in the reading room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading_room import file_texts, schema
from diarium.archive.reading_room.catalogue import Catalogue, ItemFilter, opened
from diarium.archive.reading_room.limits import LIMITS
from diarium.archive.reading_room.searching import search
from diarium.archive.reading_room.shapes import ItemKind
from diarium.files.extraction.sandbox import ExtractionSandbox
from tests.archive.made_packages import made_package
from tests.archive.reading_room.shelf import all_items, read, stands_in, told
from tests.archive.register_examples import full_case, plain_case
from tests.archive.validation.builder import DATA, Package
from tests.conftest import Municipality

# Parties of the full case with protected identity, and what would lead to them.
SECRETS = ("Petra Part", "Hemlig gata 2", "a@example.org")
AGENT = """<agents><agent agentType="sender"><name>{name}</name><addressContactInformation>
<addressLine adressType="postal_address">Gömda vägen 4</addressLine>
<contactLine contactType="email">g@x.se</contactLine>
</addressContactInformation><protectedIdentity>{protected}</protectedIdentity></agent></agents>"""


@pytest.fixture(params=[ProfileCode.FGS2, ProfileCode.FGS1])
def root(request: pytest.FixtureRequest, sqlite_municipality: Municipality, tmp_path: Path) -> Path:
    return made_package(sqlite_municipality, tmp_path / "made", request.param, full_case, plain_case).root


def test_who_is_protected_is_shown_and_found_by_nobody_without_the_right(root: Path) -> None:
    with read(root, sees_protected=False) as catalogue:
        everything = "\n".join(_all_that_is_shown(catalogue))
        for secret in SECRETS:
            assert not stands_in(secret, everything)
            found = [piece.text for hit in search(catalogue, secret).hits for piece in (*hit.heading, *hit.told)]
            assert not stands_in(secret, "".join(found))
    with read(root, sees_protected=True) as catalogue:
        everything = "\n".join(_all_that_is_shown(catalogue))
        for secret in SECRETS:
            assert stands_in(secret, everything)
            assert search(catalogue, secret).hits


def test_the_rest_of_a_case_with_somebody_protected_is_shown(root: Path) -> None:
    with read(root, sees_protected=False) as catalogue:
        case = catalogue.items(ItemKind.CASE).rows[0]
        texts = told(catalogue, case)
        assert case.is_protected
        assert case.title in texts
        assert "Grannen AB" in texts
        assert [person.name for person in case.people].count(None) == 1


def test_files_and_remarks_of_a_case_with_somebody_protected_are_closed(root: Path) -> None:
    with read(root, sees_protected=False) as catalogue:
        case = catalogue.items(ItemKind.CASE).rows[0]
        assert "Andra raden & mer" not in "\n".join(told(catalogue, case))
        records = catalogue.children(case.id, ItemKind.RECORD).rows
        files = [file for record in records for file in catalogue.files_of(record)[0]]
        assert files
        assert all(file.is_closed and file.name is None and file.path is None for file in files)
        assert search(catalogue, "Ritning våning").hits == ()
        assert search(catalogue, "beslut.pdf").hits == ()
        assert catalogue.items(ItemKind.CASE, ItemFilter("Enkelt")).rows[0].is_protected is False


def test_the_xml_that_tells_is_closed_and_the_other_is_open(root: Path) -> None:
    with read(root, sees_protected=False) as catalogue:
        closed = {str(item.name): _file_of(catalogue, item.file_id).is_closed for item in catalogue.documents()}
    content = "erms" if "erms" in closed else "Leveransobjekt"
    assert closed[content]
    assert closed["mets"]  # it names the files


def test_the_texts_of_closed_files_are_found_by_nobody_without_the_right(root: Path) -> None:
    with read(root) as catalogue:
        path = Path(catalogue.connection.execute("PRAGMA database_list").fetchone()["file"])
    with ExtractionSandbox() as sandbox:
        number, is_done = file_texts.read_some(root, path, sandbox, LIMITS)
    assert number
    assert is_done
    assert _found(path, "hälsningar", sees_protected=True)
    assert not _found(path, "hälsningar", sees_protected=False)
    assert _found(path, "Enkelt ärende 1", sees_protected=False)


@pytest.mark.parametrize("protected", ["true", "1", " TRUE "])
def test_a_name_that_comes_up_elsewhere_in_the_case_is_hidden_there_too(tmp_path: Path, protected: str) -> None:
    package = Package()
    agent = AGENT.format(name="Greta Gömd", protected=protected)
    package.replace(f"{DATA}/ERMS.xml", "<title>Carport</title>", "<title>Bygglov åt Greta Gömd</title>")
    package.replace(f"{DATA}/ERMS.xml", '<direction directionDefinition="incoming"/>',
                    f'<direction directionDefinition="incoming"/>{agent}')  # fmt: skip
    with read(package.write(tmp_path), sees_protected=False) as catalogue:
        (case,) = catalogue.items(ItemKind.CASE).rows
        assert case.title is None
        assert catalogue.items(ItemKind.CASE, ItemFilter("Greta")).rows == ()
        assert "Greta" not in "\n".join(_all_that_is_shown(catalogue))
        assert search(catalogue, "Greta").hits == ()
        assert search(catalogue, "Gömda").hits == ()


def test_somebody_who_never_ends_is_hidden_until_one_knows(tmp_path: Path) -> None:
    package = Package()
    rows = "".join(f'<contactLine contactType="email">g{n}@x.se</contactLine>' for n in range(12_000))
    agent = AGENT.format(name="Greta Gömd", protected="true").replace(
        '<contactLine contactType="email">g@x.se</contactLine>', rows
    )
    package.replace(f"{DATA}/ERMS.xml", '<direction directionDefinition="incoming"/>',
                    f'<direction directionDefinition="incoming"/>{agent}')  # fmt: skip
    with read(package.write(tmp_path), sees_protected=False) as catalogue:
        shown = "\n".join(_all_that_is_shown(catalogue))
        assert "Greta" not in shown
        assert "@x.se" not in shown


def _file_of(catalogue: Catalogue, file_id: int):  # type: ignore[no-untyped-def]
    found = catalogue.file(file_id)
    assert found is not None
    return found


def _found(path: Path, text: str, *, sees_protected: bool) -> bool:
    assert path.name.endswith(".sqlite") or path.name == schema.NAME
    with opened(path, sees_protected=sees_protected) as catalogue:
        return bool(search(catalogue, text).hits)


def _all_that_is_shown(catalogue: Catalogue) -> Iterator[str]:
    for item in all_items(catalogue):
        yield item.label
        yield from (str(person.name) for person in item.people)
        yield from (f"{one.kind} {one.regulation} {one.reason}" for one in item.restrictions)
        yield from told(catalogue, item)
    rows = catalogue.connection.execute("SELECT id FROM file").fetchall()
    for row in rows:
        file = _file_of(catalogue, row["id"])
        yield f"{file.name} {file.path} {file.original_name}"
        yield from (value for _label, value, _meaning in file.attributes)
