"""The table of facts and places is whole, true and printed."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive import mapping, package_model
from diarium.classification.models import Classification, ClassificationScheme, RetentionRule
from diarium.db.base import Base
from diarium.files.models import Blob
from diarium.register.models import (
    Authority,
    Case,
    CaseNote,
    CaseRelation,
    Deadline,
    Decision,
    DiarySeries,
    Document,
    Party,
    Record,
    Unit,
)
from diarium.secrecy.models import Restriction
from tests.archive.conftest import ExportBench
from tests.archive.register_examples import full_case
from tests.archive.schema_checks import ERMS

NOT_IN_THE_REGISTER = {"Organisation", "Contact", "Delivery"}
# Of the model, not of the register's tables; of the tables, what the model has under another name or needs not.
HELD_AS: dict[type[Base], tuple[str, dict[str, str]]] = {
    Authority: ("PackageAuthority", {}),
    Unit: ("PackageUnit", {}),
    DiarySeries: ("PackageSeries", {}),
    ClassificationScheme: ("PackageScheme", {}),
    Classification: (
        "PackageClass",
        {
            "parent_id": "parent_code",
            "scheme_id": "scheme_uid",
            "retention_rule_id": "disposal",
            "sort_key": "code",
        },
    ),
    RetentionRule: ("PackageDisposal", {}),
    Party: ("PackageParty", {}),
    Restriction: (
        "PackageRestriction",
        {"provision_id": "citation", "made_by_id": "made_by", "document_id": "document_uid"},
    ),
    CaseRelation: ("PackageRelation", {"from_case_id": "is_outgoing", "to_case_id": "other_uid"}),
    Case: (
        "PackageCase",
        {
            "series_id": "series_code",
            "unit_id": "unit",
            "responsible_id": "responsible",
            "registered_by_id": "registered_by",
            "classification_id": "classification",
        },
    ),
    Record: ("PackageRecord", {"registered_by_id": "registered_by", "moved_to_id": "moved_to"}),
    CaseNote: ("PackageNote", {"made_by_id": "made_by", "corrects_id": "corrects"}),
    Deadline: ("PackageDeadline", {"responsible_id": "responsible", "unit_id": "unit", "record_id": "record"}),
    Decision: ("PackageDecision", {"registered_by_id": "registered_by", "record_id": "record"}),
    Document: ("PackageDocument", {"added_by_id": "added_by"}),
    Blob: ("PackageDocument", {}),
}
OWNERS = {"id", "authority_id", "case_id", "record_id"}  # said by where the thing stands, if not named above
DERIVED = {"title_key", "name_key", "email_key"}  # for sorting and finding, made of what is exported
DERIVED |= {"is_closed_circle"}  # who saw it within the authority, no longer when it is handed over
DERIVED |= {"publish_after_days"}  # how the web register goes about it, nothing of the case


def _model_classes() -> dict[str, type]:
    return {
        name: thing
        for name, thing in vars(package_model).items()
        if dataclasses.is_dataclass(thing)
        and isinstance(thing, type)
        and thing.__module__ == package_model.__name__
    }


def test_every_field_of_the_package_model_has_a_place() -> None:
    for name, thing in _model_classes().items():
        if name in NOT_IN_THE_REGISTER:
            continue
        fields = [field.name for field in dataclasses.fields(thing)]
        assert sorted(fields) == sorted(place.fact for place in mapping.MAPPING[name]), name


def test_every_column_of_the_register_is_in_the_package_model() -> None:
    classes = _model_classes()
    for table, (name, renamed) in HELD_AS.items():
        fields = {field.name for field in dataclasses.fields(classes[name])}
        columns = {column.name for column in table.__table__.columns} - (OWNERS - set(renamed)) - DERIVED
        assert {renamed.get(column, column) for column in columns} <= fields, table.__name__


def test_no_derived_key_is_exported() -> None:
    exported = {field.name for thing in _model_classes().values() for field in dataclasses.fields(thing)}
    assert not exported & DERIVED


def test_every_place_is_filled_by_a_case_that_uses_every_field(bench: ExportBench) -> None:
    root = etree.parse(str(bench.run(bench.request(full_case)).root / ERMS)).getroot()
    never = {"PackageCase.cancel_reason", "PackageScheme.valid_to", "PackageAuthority.active_to"}
    empty = []
    for owner, places in mapping.MAPPING.items():
        for place in places:
            found = root.xpath(_prefixed(place.erms), namespaces={"e": "https://DILCIS.eu/XML/ERMS"})
            texts = [hit if isinstance(hit, str) else hit.text for hit in found]  # type: ignore[union-attr]
            if not any(texts) and f"{owner}.{place.fact}" not in never:
                empty.append(f"{owner}.{place.fact}: {place.erms}")
    assert empty == []


def test_the_printed_table_is_current() -> None:
    printed = Path(__file__).parents[2] / "docs" / "fgs-mapping.md"
    assert printed.read_text(encoding="utf-8") == mapping.as_markdown(), "run python -m diarium.archive.mapping"


@pytest.mark.parametrize(
    ("path", "prefixed"),
    [
        ("a/b[@c='d']/@e", "e:a/e:b[@c='d']/@e"),
        ("record/dates", "e:record/e:dates"),
        ("a/b[c='d, e']/f", "e:a/e:b[e:c='d, e']/e:f"),
    ],
)
def test_paths_get_their_prefix(path: str, prefixed: str) -> None:
    assert _prefixed(path) == prefixed


def _prefixed(path: str) -> str:
    return re.sub(r"(^|/|\[)([A-Za-z])", r"\1e:\2", path)
