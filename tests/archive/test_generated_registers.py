"""Whatever stands in the register, the package is valid and nothing is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from diarium.archive import package_model, packaging
from diarium.archive.package_model import (
    Delivery,
    PackageAuthority,
    PackageCase,
    PackageClass,
    PackageDeadline,
    PackageDecision,
    PackageDisposal,
    PackageDocument,
    PackageInfo,
    PackageNote,
    PackageParty,
    PackageRecord,
    PackageRecordReference,
    PackageRelation,
    PackageRestriction,
    PackageScheme,
    PackageSeries,
    PackageUnit,
    PackageUser,
)
from diarium.archive.profiles.fgs2 import Fgs2
from diarium.archive.schema_set import SchemaSet
from diarium.archive.xml_writer import text_of
from diarium.files.store import LocalBlobStore
from tests.archive.schema_checks import ERMS, official_folder, problems

ODD = ["&", "<![CDATA[]]>", "å ä ö É", "\x00NUL", "\x0bVT", "\ufffe", "\ud800", "']\""]
ODD += ["\t\n\r", "\u202eabc", "😀", " "]
CONTENTS = (b"one", b"two & three", "åäö".encode())

texts = st.one_of(st.sampled_from(ODD), st.text(st.characters(), max_size=12))
moments = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))
days = st.dates(dt.date(1600, 1, 1), dt.date(2100, 1, 1))
numbers = st.integers(1, 2**31 - 1)


def _few(items: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=2).map(tuple)


def _of(thing: type, **given_fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Values of a dataclass of the package model, fields drawn by their type."""
    by_type: dict[str, st.SearchStrategy[object]] = {
        "str": texts,
        "str | None": st.none() | texts,
        "int": numbers,
        "int | None": st.none() | numbers,
        "dt.date": days,
        "dt.date | None": st.none() | days,
        "dt.datetime": moments,
        "dt.datetime | None": st.none() | moments,
        "uuid.UUID": st.uuids(version=4),
        "uuid.UUID | None": st.none() | st.uuids(version=4),
        "bool": st.booleans(),
        "tuple[str, ...]": _few(texts),
    }
    drawn = {}
    for field in dataclasses.fields(thing):
        kind = str(field.type)
        if field.name in given_fields:
            drawn[field.name] = given_fields[field.name]
        elif kind in by_type:
            drawn[field.name] = by_type[kind]
        else:  # a closed list
            drawn[field.name] = st.sampled_from(list(getattr(package_model, kind)))
    return st.builds(thing, **drawn)


def _documents(store: LocalBlobStore) -> st.SearchStrategy[object]:
    stored = [store.put_bytes(content) for content in CONTENTS]
    return st.sampled_from(stored).flatmap(
        lambda blob: _of(
            PackageDocument,
            sha256=st.just(blob.sha256),
            size=st.just(blob.size),
            added_by=st.none() | users,
            mime=st.none() | st.just("text/plain"),
            puid=st.none() | st.just("x-fmt/111"),
        )
    )


users = _of(PackageUser)
disposals = _of(PackageDisposal, years=st.none() | st.integers(0, 100))
classes = _of(PackageClass, disposal=st.none() | disposals)
restrictions = _of(PackageRestriction, made_by=st.none() | users)
parties = _of(PackageParty)
units = _of(PackageUnit)
references = _of(PackageRecordReference)
notes = _of(PackageNote, made_by=st.none() | users, corrects=st.none() | st.uuids(version=4))
deadlines = _of(
    PackageDeadline,
    responsible=st.none() | users,
    unit=st.none() | units,
    record=st.none() | references,
)
decisions = _of(PackageDecision, registered_by=st.none() | users, record=st.none() | references)


def _cases(store: LocalBlobStore) -> st.SearchStrategy[object]:
    shared = {"registered_by": st.none() | users, "parties": _few(parties), "restrictions": _few(restrictions)}
    records = _of(PackageRecord, documents=_few(_documents(store)), moved_to=st.none() | references, **shared)
    return _of(
        PackageCase,
        responsible=st.none() | users,
        unit=st.none() | units,
        classification=st.none() | classes,
        relations=_few(_of(PackageRelation)),
        notes=_few(notes),
        deadlines=_few(deadlines),
        decisions=_few(decisions),
        records=st.lists(records, max_size=2, unique_by=lambda record: record.running_number).map(tuple),  # type: ignore[attr-defined]
        **shared,
    )


def _infos() -> st.SearchStrategy[object]:
    filled = texts.filter(lambda text: text_of(text).strip() != "")
    org_numbers = st.none() | st.just("212000-1439")  # the register takes no other form
    return _of(
        PackageInfo,
        authority=_of(
            PackageAuthority, code=st.sampled_from(["KS", "BÅN"]), name=filled, organisation_number=org_numbers
        ),
        software=st.just(("diarium", "1.0")),
        series=_few(_of(PackageSeries)),
        units=_few(units),
        schemes=_few(_of(PackageScheme, classes=_few(classes))),
        delivery=st.just(Delivery()),
    )


@pytest.mark.parametrize("whose", ["own", "official"])
def test_any_register_gives_a_valid_package_with_everything_in_it(whose: str, tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "files")
    official = official_folder()
    if whose == "official" and official is None:
        pytest.skip("the official schemas are not here (DIARIUM_OFFICIAL_SCHEMAS)")
    schemas = SchemaSet.own() if whose == "own" or official is None else SchemaSet(official)
    erms = "ERMS.xsd" if whose == "own" else "ERMS_v2_1_2.xsd"

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(info=_infos(), cases=st.lists(_cases(store), min_size=1, max_size=2))
    def packages_are_valid(info: PackageInfo, cases: list[PackageCase]) -> None:
        info = dataclasses.replace(info, schemes=(*info.schemes, _scheme_of(cases)))
        with TemporaryDirectory(dir=tmp_path) as work:
            root = packaging.build(Path(work), Fgs2(), info, store, cases)
            assert problems(root, schemas, erms=erms, rules=None) == []
            written = _texts(root / ERMS)
            for case in cases:
                lost = [text for text in _strings(case) if _folded(text) not in written]
                assert lost == []

    packages_are_valid()


def _scheme_of(cases: list[PackageCase]) -> PackageScheme:
    """The scheme that the cases were classified with."""
    classes = tuple(case.classification for case in cases if case.classification is not None)
    return PackageScheme(uuid.uuid4(), "Prov", "1", dt.date(2000, 1, 1), None, classes)


def _strings(value: object) -> list[str]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [text for field in dataclasses.fields(value) for text in _strings(getattr(value, field.name))]
    if isinstance(value, tuple):
        return [text for item in value for text in _strings(item)]
    return [str(value)] if type(value) in {str, uuid.UUID} else []


def _folded(text: str) -> str:
    """XML reads line ends and blanks at the ends in its own way; those differences lose nothing."""
    return " ".join(text_of(text).split())


def _texts(path: Path) -> str:
    """All texts and attribute values of a document as one."""
    elements = etree.parse(str(path)).iter(etree.Element)
    texts = [part for element in elements for part in (element.text or "", *map(str, element.attrib.values()))]
    return "\x00".join(_folded(text) for text in texts)
