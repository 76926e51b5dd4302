"""The register is read whole, with the same number of queries however many cases there are."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import loading
from diarium.archive.models import Export, ExportItem
from diarium.archive.package_model import PackageCase, PackageRelation
from diarium.register import loose_references
from diarium.register.loose_references import LooseReference, Tie
from diarium.register.models import Case, CaseOrigin
from diarium.register.vocabulary import RelationKind
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.archive.register_extras import add_history
from tests.conftest import Municipality
from tests.counting import statements_of


def _export(municipality: Municipality, session: Session, cases: list[Case]) -> int:
    export = Export(
        authority_id=cases[0].authority_id,
        period_from=PERIOD[0],
        period_to=PERIOD[1],
        requested_by_name="Arja Arkivarie",
        total=len(cases),
    )
    session.add(export)
    session.flush()
    session.add_all([ExportItem(export_id=export.id, case_id=case.id) for case in cases])
    session.flush()
    return export.id


def _filled(municipality: Municipality, number: int) -> int:
    with municipality.database.unit_of_work() as session:
        cases = [full_case(municipality, session) for _n in range(number)]
        for case in cases:
            add_history(session, case)
        return _export(municipality, session, cases)


def test_more_cases_take_no_more_queries(sqlite_municipality: Municipality) -> None:
    database = sqlite_municipality.database
    counts = []
    for number in (1, 4):
        export_id = _filled(sqlite_municipality, number)
        with statements_of(database.engine) as sent:
            assert len(list(loading.stream_cases(database, export_id))) == number
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_case_read_in_pages_says_the_same_as_one_read_at_once(
    municipality: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = _filled(municipality, 1)
    with municipality.database.reading() as session:
        case_id = session.scalars(select(ExportItem.case_id).where(ExportItem.export_id == export_id)).one()
        at_once = loading.load_case(session, case_id)
    monkeypatch.setattr(loading, "RECORDS_AT_ONCE", 2)
    (in_pages,) = loading.stream_cases(municipality.database, export_id)
    assert not isinstance(in_pages.records, tuple)
    assert dataclasses.replace(in_pages, records=tuple(in_pages.records)) == at_once


def test_everything_beside_the_rows_is_read(sqlite_municipality: Municipality) -> None:
    export_id = _filled(sqlite_municipality, 1)
    (case,) = loading.stream_cases(sqlite_municipality.database, export_id)
    assert [share.to_authority_code for share in case.shares] == ["SN"]
    assert [review.outcome.value for mark in case.restrictions for review in mark.reviews] == ["kept"]
    assert (len(case.withdrawals), len(case.disposals)) == (1, 1)
    assert case.origin is not None
    assert case.origin.system == "Ärendesystemet 2"
    sent = [message for record in case.records for message in record.dispatches]
    assert [len(message.recipients) for message in sent] == [2, 1]
    assert [message.content is not None for message in sent] == [True, False]
    assert [record.moved_from is not None for record in case.records].count(True) == 1


def test_what_a_taken_over_case_refers_to_elsewhere_is_told_again(sqlite_municipality: Municipality) -> None:
    other, moved = uuid.uuid4(), uuid.uuid4()
    with sqlite_municipality.database.unit_of_work() as session:
        case = plain_case(sqlite_municipality, session)
        add_history(session, case)
        origin = session.get_one(CaseOrigin, case.id)
        relation = LooseReference(Tie.RELATION, other, "BN 1999/4", kind=RelationKind.CONTINUES, authority="BN")
        move = LooseReference(Tie.MOVED_TO, moved, "BN 1999/4-2", record_uid=case.records[0].uid)
        loose_references.keep(origin, [relation, move])
        session.flush()
        read = loading.load_case(session, case.id)
    assert read.relations == (PackageRelation(RelationKind.CONTINUES, True, other, "BN 1999/4", "BN"),)
    assert _moved(read) == [(moved, "BN 1999/4-2")]


def _moved(case: PackageCase) -> list[tuple[uuid.UUID, str]]:
    return [(to.uid, to.number_text) for record in case.records if (to := record.moved_to)]
