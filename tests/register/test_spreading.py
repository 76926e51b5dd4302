"""A change of a class, a series or an authority reaches every case that shows it, also to take it away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.revision import fingerprint
from diarium.changes import feed
from diarium.changes.models import Change
from diarium.changes.worker import Worker
from diarium.classification import editing
from diarium.classification.editing import ClassEdit
from diarium.classification.models import Classification, PublishingRule
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.identity import accounts
from diarium.identity.permissions import SYSTEM
from diarium.public.models import PublicCase
from diarium.register.administration import authorities, series
from diarium.register.administration.authorities import AuthorityFacts
from diarium.register.administration.series import SeriesFacts
from diarium.register.commands import DocumentFacts
from diarium.register.examination import FileExaminer
from diarium.register.models import Authority, Case, DiarySeries
from diarium.register.spreading import CaseSpreader
from diarium.search import internal
from diarium.search.indexer import SearchIndexer
from diarium.search.port import SearchRequest
from diarium.search.whoosh_engine import WhooshIndex
from tests.conftest import Municipality
from tests.public.open_register import OpenRegister

BATCH = 4


@pytest.fixture
def opened(municipality: Municipality, tmp_path: Path) -> Iterator[OpenRegister]:
    """An open register, on both databases."""
    found = OpenRegister(municipality, tmp_path / "public")
    yield found
    found.close()


def drain(opened: OpenRegister) -> None:
    """Lets a worker with all that is needed do what waits."""
    database = opened.municipality.database
    with ExtractionSandbox() as sandbox:
        examiner = FileExaminer(database, opened.municipality.blobs, sandbox)
        Worker(database, [CaseSpreader(database, batch=BATCH), examiner, opened.projector]).drain()


def class_of(session: Session, code: str) -> Classification:
    return session.scalars(select(Classification).where(Classification.code == code)).one()


def publish(session: Session, code: str, rule: PublishingRule, *, below: bool = False) -> None:
    item = class_of(session, code)
    wanted = ClassEdit(title=item.title, description=item.description, publishing=rule,
                       retention_rule=item.retention_rule.uid if item.retention_rule else None)  # fmt: skip
    seen = fingerprint(editing.facts_of(item))
    editing.change_class(session, SYSTEM, item.uid, wanted, seen=seen, reason="Beslut", publish_below=below)


def test_class_that_is_closed_withdraws_its_cases_from_tables_index_and_files(opened: OpenRegister) -> None:
    m = opened.municipality
    with m.database.unit_of_work() as session:
        file = DocumentFacts(
            m.store(session, b"Om sjoutsikten i norr", text="Om sjoutsikten"), "karta.txt", is_released=True
        )
        for number in range(2 * BATCH + 1):
            case = m.case(session, title=f"Justering {number}", classification="1.1")
            m.record(session, case, title="Protokollet", documents=(file,) if not number else ())
        m.record(session, m.case(session, title="Vindkraft", classification="1"), title="Kartan")
        m.record(session, m.case(session, title="Fasadrenovering", classification="2.1"), title="Ritningen")
    drain(opened)
    assert len(opened.found("justering")) == 2 * BATCH + 1
    assert opened.found("sjoutsikten") != []
    assert len(list(opened.released.iter_hashes())) == 1
    with m.database.unit_of_work() as session:
        publish(session, "1", PublishingRule.NOTHING, below=True)
    drain(opened)
    for text in ("justering", "vindkraft", "sjoutsikten", "protokollet"):
        assert opened.found(text) == [], text
    assert opened.found("fasadrenovering") != []
    assert list(opened.released.iter_hashes()) == []
    with m.database.unit_of_work() as session:
        publish(session, "1", PublishingRule.METADATA)
    drain(opened)
    assert (len(opened.found("vindkraft")) > 0, opened.found("justering")) == (True, [])


def test_only_the_cases_of_the_class_itself_go_without_the_wish(opened: OpenRegister) -> None:
    m = opened.municipality
    with m.database.unit_of_work() as session:
        m.case(session, title="Huvudfråga", classification="1")
        m.case(session, title="Underfråga", classification="1.1")
        publish(session, "1", PublishingRule.NOTHING)
    drain(opened)
    assert (opened.found("huvudfråga"), len(opened.found("underfråga"))) == ([], 1)


def test_restricted_series_shows_numbers_only_and_a_renamed_authority_its_name(opened: OpenRegister) -> None:
    m = opened.municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Bullermätning")
    drain(opened)
    assert opened.found("bullermätning") == [case.number_text]
    with m.database.unit_of_work() as session:
        item = session.scalars(select(DiarySeries).join(Authority).where(Authority.code == "KS")).one()
        facts = series.facts_of(item)
        wanted = SeriesFacts(**(facts | {"is_restricted": True}))  # type: ignore[arg-type]
        series.change_series(session, m.administrator, "KS", item.uid, wanted, seen=fingerprint(facts))
        present = authorities.facts_of(item.authority)
        renamed = AuthorityFacts(**(present | {"name": "Kommunstyrelsen i Ekdala"}))  # type: ignore[arg-type]
        authorities.change_authority(session, m.administrator, "KS", renamed, seen=fingerprint(present))
    drain(opened)
    assert opened.found("bullermätning") == []
    with opened.public.reading() as session:
        (shown,) = session.scalars(select(PublicCase)).all()
        assert (shown.number_text, shown.title) == (case.number_text, None)
        assert shown.authority_name == "Kommunstyrelsen i Ekdala"


def test_what_comes_meanwhile_is_not_kept_waiting_by_a_large_class(municipality: Municipality) -> None:
    m = municipality
    spreader = CaseSpreader(m.database, batch=BATCH)
    with m.database.unit_of_work() as session:
        cases = [m.case(session, classification="1.1").uid for _number in range(2 * BATCH)]
        change = Change(entity_type="classification", entity_uid=class_of(session, "1.1").uid, kind="x")
        session.add(change)
    spreader.handle([change])
    with m.database.unit_of_work() as session:
        urgent = m.case(session, title="Brådskande").uid
    with m.database.reading() as session:
        rows = session.scalars(select(Change).where(Change.id > change.id).order_by(Change.id)).all()
    assert [row.entity_uid for row in rows if row.entity_type == "case"] == [*cases[:BATCH], urgent]
    going_on = [row for row in rows if row.entity_type == "classification"]
    assert len(going_on) == 1
    spreader.handle(going_on)
    with m.database.reading() as session:
        later = session.scalars(select(Change).where(Change.id > rows[-1].id).order_by(Change.id)).all()
    assert [row.entity_uid for row in later if row.entity_type == "case"] == cases[BATCH:]
    spreader.handle([row for row in later if row.entity_type == "classification"])
    with m.database.reading() as session:
        assert session.scalar(select(Change.id).where(Change.id > later[-1].id)) is None, "an end is an end"


def test_renamed_officer_is_found_by_the_new_name(sqlite_municipality: Municipality, tmp_path: Path) -> None:
    m = sqlite_municipality
    index = WhooshIndex(tmp_path / "index")
    worker = Worker(m.database, [CaseSpreader(m.database, batch=BATCH), SearchIndexer(m.database, index)])
    with m.database.unit_of_work() as session:
        m.case(session, responsible="hans")
    worker.drain()
    with m.database.unit_of_work() as session:
        hans = accounts.user_by_name(session, "hans")
        seen = fingerprint(accounts.facts_of(hans))
        accounts.change(session, m.administrator, hans, name="Hanna Handläggare", email=None, seen=seen)
    worker.drain()
    with m.database.reading() as session:
        assert session.scalars(select(Case)).one().responsible.name == "Hanna Handläggare"  # type: ignore[union-attr]
        found = internal.search(session, index, m.registrar, SearchRequest(query="", readers=frozenset()))
    assert [hit.officer for hit in found.hits] == ["Hanna Handläggare"]
    index.close()


def test_change_of_nothing_that_has_cases_goes_by(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        feed.publish(session, "classification", class_of(session, "4").uid, "classification.changed")
        feed.publish(session, "export", class_of(session, "4").uid, "export.requested")
    assert Worker(m.database, [CaseSpreader(m.database)]).drain() > 0
    with m.database.reading() as session:
        assert session.scalars(select(Change).where(Change.entity_type == "case")).all() == []
