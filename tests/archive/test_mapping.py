"""The tables of facts and places are whole, true and printed."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy.orm import Session

import diarium.tables  # noqa: F401  # every room's tables
from diarium.archive import mapping, package_model
from diarium.archive.mapping_columns import HELD, LEFT_OUT, unplaced
from diarium.archive.mapping_fgs2 import MAPPING_FGS2
from diarium.archive.mapping_places import Place
from diarium.archive.profiles.codes import ProfileCode
from diarium.db.base import Base
from diarium.register.models import Case
from tests.archive.made_packages import again, made_package
from tests.archive.register_examples import full_case
from tests.archive.register_extras import add_history
from tests.archive.schema_checks import ERMS
from tests.conftest import Municipality

# The rooms whose tables are the register; of the others, only the table of users is named in it.
ROOMS = ("register", "secrecy", "correspondence", "classification", "files")
BESIDE = {"user_account"}
NEVER_IN_A_CLOSED_CASE = {"PackageCase.cancel_reason", "PackageScheme.valid_to", "PackageAuthority.active_to"}


def _model_classes() -> dict[str, type]:
    names = {name: getattr(package_model, name) for name in package_model.__all__}
    return {name: thing for name, thing in names.items() if dataclasses.is_dataclass(thing)}


def _columns() -> dict[str, list[str]]:
    """The columns of every table of the register, by table."""
    return {
        mapper.local_table.name: [column.name for column in mapper.local_table.columns]  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.split(".")[1] in ROOMS or mapper.local_table.name in BESIDE  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("family", mapping.MAPPINGS)
def test_every_field_of_the_package_model_has_one_place_in_each_family(family: str) -> None:
    fields = {name: _fields(thing) for name, thing in _model_classes().items()}
    places = {name: sorted(place.fact for place in found) for name, found in mapping.MAPPINGS[family].items()}
    assert places == fields


def test_every_column_of_the_register_is_in_a_field_or_left_out_with_a_reason() -> None:
    fields = {name: frozenset(_fields(thing)) for name, thing in _model_classes().items()}
    missing = [name for table, columns in _columns().items() for name in unplaced(table, columns, fields)]
    assert missing == []


def test_a_new_column_or_table_is_missed() -> None:
    fields = {name: frozenset(_fields(thing)) for name, thing in _model_classes().items()}
    assert unplaced("case_file", ["title", "colour"], fields) == ["case_file.colour"]
    assert unplaced("colours", ["id", "name"], fields) == ["colours.name"]


def test_nothing_is_said_of_columns_that_are_not_there() -> None:
    columns = _columns()
    everywhere = {column for found in columns.values() for column in found}
    for place, reason in LEFT_OUT.items():
        table, _dot, column = place.partition(".")
        assert reason
        assert (column in everywhere) if table == "*" else (not column or column in columns[table]), place
    for table, held in HELD.items():
        assert set(held.renamed) <= set(columns[table]), table


def test_what_is_left_out_is_in_no_field() -> None:
    fields = {name: _fields(thing) for name, thing in _model_classes().items()}
    for place in LEFT_OUT:
        table, _dot, column = place.partition(".")
        if table in HELD and column != "uid":  # a provision's own uid is not that of the marking
            assert column not in fields[HELD[table].owner], place
        elif table == "*":
            assert not any(column in found for found in fields.values()), place


def test_every_place_is_filled_by_a_case_that_uses_every_field(
    sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    def with_history(municipality: Municipality, session: Session) -> Case:
        case = full_case(municipality, session)
        add_history(session, case)
        return case

    older = made_package(sqlite_municipality, tmp_path / "2.1", ProfileCode.FGS2, with_history)
    newer = again(older, sqlite_municipality, tmp_path / "3.0", ProfileCode.FGS2_2_2)
    assert _empty(older.root, [(name, place, place.erms) for name, place in _places()]) == []
    assert _empty(newer.root, [(name, place, place.newer or place.erms) for name, place in _places()]) == []


def test_the_printed_table_is_current() -> None:
    printed = Path(__file__).parents[2] / "docs" / "fgs-mapping.md"
    assert printed.read_text(encoding="utf-8") == mapping.as_markdown(), "run python -m diarium.archive.mapping"


@pytest.mark.parametrize(
    ("path", "prefixed"),
    [
        ("a/b[@c='d']/@e", "e:a/e:b[@c='d']/@e"),
        ("record/dates", "e:record/e:dates"),
        ("a/b[c='d, e']/f", "e:a/e:b[e:c='d, e']/e:f"),
        ("a/b[starts-with(c, 'd')]", "e:a/e:b[starts-with(e:c, 'd')]"),
    ],
)
def test_paths_get_their_prefix(path: str, prefixed: str) -> None:
    assert _prefixed(path) == prefixed


def _fields(thing: type) -> list[str]:
    return sorted(field.name for field in dataclasses.fields(thing))


def _places() -> list[tuple[str, Place]]:
    return [(owner, place) for owner, places in MAPPING_FGS2.items() for place in places]


def _empty(root: Path, wanted: list[tuple[str, Place, str]]) -> list[str]:
    """What in the ERMS.xml of a package has no text at its path."""
    erms = etree.parse(str(root / ERMS)).getroot()
    empty = []
    for owner, place, path in wanted:
        found = erms.xpath(_prefixed(path), namespaces={"e": "https://DILCIS.eu/XML/ERMS"})
        assert isinstance(found, list)
        texts = [hit if isinstance(hit, str) else hit.text for hit in found]  # type: ignore[union-attr]
        if not any(texts) and f"{owner}.{place.fact}" not in NEVER_IN_A_CLOSED_CASE:
            empty.append(f"{owner}.{place.fact}: {path}")
    return empty


def _prefixed(path: str) -> str:
    return re.sub(r"(^|/|\[|\()([A-Za-z](?![a-z-]*\())", r"\1e:\2", path)
