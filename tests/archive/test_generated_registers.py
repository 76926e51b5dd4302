"""Whatever stands in the register, the package is valid and nothing is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import os
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_type_hints

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from diarium.archive import packaging
from diarium.archive.dialects import V2_2, Dialect
from diarium.archive.package_model import (
    RECORD_STATUSES,
    Contact,
    Delivery,
    Organisation,
    PackageAuthority,
    PackageCase,
    PackageCaseDisposal,
    PackageClass,
    PackageDeadline,
    PackageDecision,
    PackageDispatch,
    PackageDisposal,
    PackageDocument,
    PackageInfo,
    PackageNote,
    PackageOrigin,
    PackageParty,
    PackageRecipient,
    PackageRecord,
    PackageRecordReference,
    PackageRelation,
    PackageRestriction,
    PackageReview,
    PackageScheme,
    PackageSeries,
    PackageShare,
    PackageUnit,
    PackageUser,
    PackageWithdrawal,
)
from diarium.archive.profiles import profile
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation import Severity, validate_package
from diarium.archive.xml_writer import text_of
from diarium.files.store import LocalBlobStore
from tests.archive.schema_checks import (
    ERMS,
    ITS_OWN_MISTAKES,
    independent_findings,
    official_folder,
    official_problems,
    problems,
)
from tests.archive.test_eark_package import DIALECTS, DIVIDED, OF_THE_DIVIDED_FORM, ONLY_OF_2_1

EXAMPLES = 60 if os.environ.get("DIARIUM_EXHAUSTIVE") else 5
ODD = ["&", "<![CDATA[]]>", "å ä ö É", "\x00NUL", "\x0bVT", "\ufffe", "\ud800", "']\""]
ODD += ["\t\n\r", "\u202eabc", "😀", " "]
CONTENTS = (b"one", b"two & three", "åäö".encode())

_examples = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
texts = st.one_of(st.sampled_from(ODD), st.text(st.characters(), max_size=12))
filled = texts.filter(lambda text: text_of(text).strip() != "")
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
        "tuple[tuple[int, int], ...]": _few(st.tuples(numbers, numbers)),
    }
    drawn = {}
    for field in dataclasses.fields(thing):
        kind = str(field.type)
        if field.name in given_fields:
            drawn[field.name] = given_fields[field.name]
        elif kind in by_type:
            drawn[field.name] = by_type[kind]
        else:
            drawn[field.name] = st.sampled_from(list(_closed_list(thing, field.name)))
    return st.builds(thing, **drawn)


def _closed_list(thing: type, name: str) -> type[enum.Enum]:
    hint = get_type_hints(thing)[name]
    assert issubclass(hint, enum.Enum), f"say how {thing.__name__}.{name} is drawn"
    return hint


def _documents(store: LocalBlobStore) -> st.SearchStrategy[object]:
    stored = [store.put_bytes(content) for content in CONTENTS]
    return st.sampled_from(stored).flatmap(
        lambda blob: _of(
            PackageDocument,
            sha256=st.just(blob.sha256),
            size=st.just(blob.size),
            added_by=st.none() | users,
            withdrawals=_few(withdrawals),
            mime=st.none() | st.just("text/plain"),
            puid=st.none() | st.just("x-fmt/111"),
        )
    )


users = _of(PackageUser)
disposals = _of(PackageDisposal, years=st.none() | st.integers(0, 100))
classes = _of(PackageClass, disposal=st.none() | disposals)
reviews = _of(PackageReview, reviewed_by=st.none() | users)
restrictions = _of(PackageRestriction, made_by=st.none() | users, reviews=_few(reviews))
withdrawals = _of(PackageWithdrawal, made_by=st.none() | users)
shares = _of(PackageShare, made_by=st.none() | users)
recipients = _of(PackageRecipient)
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


def _dispatches(store: LocalBlobStore) -> st.SearchStrategy[object]:
    return _of(
        PackageDispatch,
        content=st.none() | _documents(store),
        queued_by=st.none() | users,
        recipients=_few(recipients),
    ).map(_with_its_own_message)


def _with_its_own_message(sent: object) -> object:
    """What the message has as a file, but for its content, is the dispatch's own."""
    assert isinstance(sent, PackageDispatch)
    if sent.content is None:
        return sent
    own = {"uid": sent.uid, "added_at": sent.queued_at, "added_by": sent.queued_by}
    content = dataclasses.replace(sent.content, **own, position=0, description=None, withdrawals=())
    return dataclasses.replace(sent, content=content, content_sha256=content.sha256)


def _cases(store: LocalBlobStore) -> st.SearchStrategy[object]:
    shared = {
        "registered_by": st.none() | users,
        "parties": _few(parties),
        "restrictions": _few(restrictions),
        "withdrawals": _few(withdrawals),
    }
    records = _of(
        PackageRecord,
        documents=_few(_documents(store)),
        moved_to=st.none() | references,
        moved_from=st.none() | references,
        dispatches=_few(_dispatches(store)),
        **shared,
    )
    return _of(
        PackageCase,
        responsible=st.none() | users,
        unit=st.none() | units,
        classification=st.none() | classes,
        relations=_few(_of(PackageRelation)),
        notes=_few(notes),
        deadlines=_few(deadlines),
        decisions=_few(decisions),
        shares=_few(shares),
        disposals=_few(_of(PackageCaseDisposal)),
        origin=st.none() | _of(PackageOrigin),
        records=st.lists(records, max_size=2, unique_by=lambda record: record.running_number).map(tuple),  # type: ignore[attr-defined]
        **shared,
    )


def _deliveries() -> st.SearchStrategy[object]:
    organisations = st.none() | _of(Organisation, name=filled, code=st.none() | filled)
    return _of(
        Delivery,
        creator=organisations,
        editor=organisations,
        preserver=organisations,
        contact=st.none() | _of(Contact, name=filled),
        status=st.sampled_from(RECORD_STATUSES),
    )


def _infos() -> st.SearchStrategy[object]:
    org_numbers = st.none() | st.just("212000-1439")  # the register takes no other form
    return _of(
        PackageInfo,
        authority=_of(
            PackageAuthority, code=st.sampled_from(["KS", "BÅN"]), name=filled, organisation_number=org_numbers
        ),
        created_at=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2025, 1, 1), timezones=st.just(dt.UTC)),
        requested_by=filled,
        software=st.just(("diarium", "1.0")),
        series=_few(_of(PackageSeries)),
        units=_few(units),
        schemes=_few(_of(PackageScheme, classes=_few(classes))),
        delivery=_deliveries(),
    )


@pytest.mark.parametrize(("code", "dialect"), DIALECTS.items())
def test_any_register_gives_a_valid_package_with_everything_in_it(
    code: ProfileCode, dialect: Dialect, tmp_path: Path
) -> None:
    store = LocalBlobStore(tmp_path / "files")

    @_examples
    @given(info=_infos(), cases=st.lists(_cases(store), min_size=1, max_size=2))
    def packages_are_valid(info: PackageInfo, cases: list[PackageCase]) -> None:
        info = dataclasses.replace(info, schemes=(*info.schemes, *_schemes_of(cases)))
        with TemporaryDirectory(dir=tmp_path) as work:
            root = packaging.build(Path(work), profile(code), info, store, cases)
            _check(root, dialect)
            written = _texts(root / ERMS)
            for case in cases:
                lost = [text for text in _strings(case) if _folded(text) not in written]
                assert lost == []

    packages_are_valid()


def test_the_independent_validator_finds_only_its_own_mistakes(tmp_path: Path, shared_material: Path) -> None:
    tool = shared_material / "tools" / "eark_offline.py"
    if not tool.exists():
        pytest.skip("the independent validator is not here")
    store = LocalBlobStore(tmp_path / "files")
    roots: dict[str, ProfileCode] = {}

    @settings(_examples, max_examples=max(2, EXAMPLES // 10))
    @given(info=_infos(), cases=st.lists(_cases(store), min_size=1, max_size=2))
    def packages_are_made(info: PackageInfo, cases: list[PackageCase]) -> None:
        for code in DIALECTS:
            work = tmp_path / str(len(roots))
            work.mkdir()
            roots[str(packaging.build(work, profile(code), info, store, cases))] = code

    packages_are_made()
    found = independent_findings([Path(root) for root in roots], tool)
    if found is None:
        pytest.skip("the independent validator does not start")
    for root, code in roots.items():
        explained = set(ITS_OWN_MISTAKES)
        explained |= set(ONLY_OF_2_1) if DIALECTS[code] is V2_2 else set()
        explained |= set(OF_THE_DIVIDED_FORM) if code in DIVIDED else set()
        assert found[root] <= explained, code


def _check(root: Path, dialect: Dialect) -> None:
    """Everybody's schemas and rules, and our own engine."""
    assert problems(root, SchemaSet.own(), erms=dialect.erms_schema, rules=dialect.erms_rules) == []
    official = official_folder()
    if official is not None:
        assert official_problems(root, official, dialect) == []
    errors = [finding for finding in validate_package(root).findings if finding.severity is Severity.ERROR]
    assert errors == []


def _schemes_of(cases: list[PackageCase]) -> list[PackageScheme]:
    """The schemes that the cases were classified with."""
    classes = [case.classification for case in cases if case.classification is not None]
    start = dt.date(2000, 1, 1)
    return [PackageScheme(item.scheme_uid, "Prov", "1", start, None, (item,)) for item in classes]


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
