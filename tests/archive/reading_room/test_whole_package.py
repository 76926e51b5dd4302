"""What stands in a package stands in the reading room: nothing is left out, everything is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading_room.catalogue import Catalogue, ItemFilter
from diarium.archive.reading_room.searching import search
from diarium.archive.reading_room.shapes import ItemKind
from tests.archive.made_packages import made_package
from tests.archive.reading_room.shelf import all_items, read, told, values_of
from tests.archive.register_examples import full_case, plain_case
from tests.archive.validation.builder import DATA, Package
from tests.conftest import Municipality

CONTENT = ("erms", "Leveransobjekt")


@pytest.mark.parametrize("code", list(ProfileCode))
def test_every_value_of_a_package_is_shown_and_found(
    sqlite_municipality: Municipality, tmp_path: Path, code: ProfileCode
) -> None:
    made = made_package(sqlite_municipality, tmp_path / "made", code, full_case, plain_case)
    with read(made.root) as catalogue:
        assert catalogue.problems() == ()
        documents = [one for one in catalogue.documents() if one.name != "mets"]
        assert {one.name for one in documents} & set(CONTENT)
        shown = {text for item in all_items(catalogue) for text in told(catalogue, item)}
        for document in documents:
            file = catalogue.file(document.file_id)
            assert file is not None
            assert file.path is not None
            missing = values_of(made.root / file.path) - shown
            assert missing == set(), (file.path, missing)
        for text in _content_values(made.root, catalogue):
            assert search(catalogue, text[:400]).hits, text


@pytest.mark.parametrize("code", [ProfileCode.FGS2, ProfileCode.EARK, ProfileCode.FGS1])
def test_cases_have_records_and_records_their_files(
    sqlite_municipality: Municipality, tmp_path: Path, code: ProfileCode
) -> None:
    made = made_package(sqlite_municipality, tmp_path / "made", code, full_case, plain_case)
    with read(made.root) as catalogue:
        cases = catalogue.items(ItemKind.CASE).rows
        assert [case.number for case in cases] == [case.number_text for case in made.cases]
        assert [case.title for case in cases] == [case.title for case in made.cases]
        assert catalogue.counts()["records"] == sum(len(list(case.records)) for case in made.cases)
        for shown, case in zip(cases, made.cases, strict=True):
            assert shown.first_day == str(case.opened_on)
            assert shown.last_day == str(case.closed_on)
            records = catalogue.children(shown.id, ItemKind.RECORD).rows
            for row, record in zip(records, case.records, strict=True):
                assert row.title == record.title
                kept = [one.file_name for one in record.documents if record.moved_to is None]
                files, missing = catalogue.files_of(row)
                assert missing == ()
                assert {str(one.original_name) for one in files} >= set(
                    kept
                )  # letters that were sent lie there too
                assert all(one.size is not None and catalogue.items_of(one)[0].id == row.id for one in files)


def test_a_file_shows_what_mets_and_premis_say_of_it(sqlite_municipality: Municipality, tmp_path: Path) -> None:
    made = made_package(sqlite_municipality, tmp_path / "made", ProfileCode.FGS2, full_case)
    with read(made.root) as catalogue:
        (hit,) = [hit for hit in search(catalogue, "beslut.pdf").hits if hit.file and not hit.file.shape]
        assert hit.file is not None
        file = catalogue.file(hit.file.id)
        assert file is not None
        assert (file.original_name, file.mime, file.puid) == ("beslut.pdf", "application/pdf", "fmt/18")
        assert (file.checksum_type, len(file.checksum or "")) == ("SHA-256", 64)
        kinds = [one.kind for one in catalogue.preservation_of(file)]
        assert kinds.count(ItemKind.OBJECT) == 1
        assert ItemKind.EVENT in kinds


def test_the_package_tells_whom_it_is_from_and_by_which_agreement(
    sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    made = made_package(sqlite_municipality, tmp_path / "made", ProfileCode.FGS2, plain_case)
    with read(made.root) as catalogue:
        header = catalogue.header()
    assert header.attributes["OBJID"] == made.root.name
    assert {"Kommunstyrelsen", "Ekdala kommun", "Arja Arkivarie"} <= {str(one["name"]) for one in header.agents}
    assert ("SUBMISSIONAGREEMENT", "RA 13-2011/5329; 2012-04-12") in header.references


def test_a_foreign_package_is_read_as_it_is(tmp_path: Path) -> None:
    package = Package()
    package.replace(
        f"{DATA}/ERMS.xml",
        "<title>Carport</title>",
        "<title>Carport</title><egetPåhitt nivå='7'>Något <b>eget</b> och nytt</egetPåhitt>",
    )
    with read(package.write(tmp_path)) as catalogue:
        (case,) = catalogue.items(ItemKind.CASE).rows
        texts = told(catalogue, case)
        assert [text for text in ("egetPåhitt", "7", "Något", "eget", "och nytt") if text not in texts] == []
        (record,) = catalogue.children(case.id, ItemKind.RECORD).rows
        assert record.number == "BN 2024-1-1"
        (file,), _missing = catalogue.files_of(record)
        assert file.path == f"{DATA}/ansokan.txt"


def test_a_list_is_filtered_by_words_status_and_restriction(
    sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    made = made_package(sqlite_municipality, tmp_path / "made", ProfileCode.FGS2, full_case, plain_case)
    with read(made.root) as catalogue:

        def titles(wanted: ItemFilter) -> list[str | None]:
            return [one.title for one in catalogue.items(ItemKind.CASE, wanted).rows]

        assert titles(ItemFilter("enkelt ÄRENDE")) == ["Enkelt ärende"]
        assert titles(ItemFilter("100 %")) == []
        assert titles(ItemFilter(status="closed")) == [case.title for case in made.cases]
        assert titles(ItemFilter(status="open")) == []
        assert titles(ItemFilter(only_restricted=True)) == ["Ansökan om bygglov för Måsen 3 & Tärnan 4 <altan>"]


def _content_values(root: Path, catalogue: Catalogue) -> set[str]:
    (document,) = [one for one in catalogue.documents() if one.name in CONTENT]
    file = catalogue.file(document.file_id)
    assert file is not None
    return values_of(root / str(file.path))
