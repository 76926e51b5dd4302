"""Drafts: nothing that was typed is lost, and nobody else sees it."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from diarium.assistance import drafts
from diarium.assistance.drafts import DraftCleaner
from diarium.assistance.errors import DraftNotFound, DraftSpent, DraftTooLarge, TooManyDrafts
from diarium.assistance.models import Draft
from diarium.audit.models import AuditEvent
from diarium.changes.worker import Worker
from diarium.db.base import now
from diarium.errors import NotAllowed
from diarium.files.tickets import UploadedFile
from diarium.identity.permissions import SYSTEM
from tests.conftest import Municipality

FILE = UploadedFile("a" * 64, "Ansökan å.pdf", 1234)


def test_draft_is_what_was_typed_last_with_its_files(municipality: Municipality) -> None:
    m, item = municipality, uuid.uuid4()
    with m.database.unit_of_work() as session:
        first = drafts.save(session, m.registrar, "ny", {"title": "An"}, [])
        typed = {"title": "Ansökan\nom 🙂", "note": "rad\x00\ud800", "csrf_token": "t", "kept_file": "k"}
        second = drafts.save(session, m.registrar, "ny", typed, [FILE], item=item)
    assert first.uid == second.uid
    with m.database.reading() as session:
        kept = drafts.load(session, m.registrar, first.uid)
        assert kept.values == {"title": "Ansökan\nom 🙂", "note": "rad"}
        assert (kept.files, kept.item, kept.title) == ((FILE,), item, "Ansökan\nom 🙂")
        assert [draft.uid for draft in drafts.mine(session, m.registrar)] == [first.uid]
        found = drafts.of_item(session, m.registrar, item)
        assert found is not None
        assert found.uid == first.uid


def test_draft_is_seen_and_thrown_away_by_its_owner_only(sqlite_municipality: Municipality) -> None:
    m, item = sqlite_municipality, uuid.uuid4()
    with m.database.unit_of_work() as session:
        uid = drafts.save(session, m.registrar, "ny", {"title": "Hemligt"}, [], item=item).uid
        assert drafts.save(session, m.officer, "ny", {"title": "Annat"}, []).uid != uid
        with pytest.raises(DraftNotFound):
            drafts.load(session, m.officer, uid)
        drafts.discard(session, m.officer, uid)
        assert drafts.of_item(session, m.officer, item) is None
        assert drafts.load(session, m.registrar, uid).title == "Hemligt"
        drafts.discard(session, m.registrar, uid)
        drafts.discard(session, m.registrar, uid)
        assert drafts.mine(session, m.registrar) == ()


def test_many_savings_at_once_make_one_draft(municipality: Municipality) -> None:
    m = municipality

    def save(number: int) -> uuid.UUID:
        with m.database.unit_of_work() as session:
            return drafts.save(session, m.registrar, "ny", {"title": str(number)}, []).uid

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(save, range(8)))) == 1


def test_draft_has_a_bound_in_size_and_number(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        with pytest.raises(DraftTooLarge):
            drafts.save(session, m.registrar, "stor", {"note": "å" * 100_001}, [])
        for number in range(drafts.MOST_DRAFTS):
            drafts.save(session, m.registrar, f"{number}", {"title": "x"}, [])
        with pytest.raises(TooManyDrafts):
            drafts.save(session, m.registrar, "en till", {"title": "x"}, [])
        drafts.save(session, m.registrar, "7", {"title": "fler ord"}, [])
        drafts.save(session, m.officer, "ny", {"title": "x"}, [])


def test_only_those_who_register_have_drafts(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for actor in (m.archivist, SYSTEM):
            with pytest.raises(NotAllowed):
                drafts.save(session, actor, "ny", {}, [])


def test_worker_deletes_what_nobody_touched_for_thirty_days_and_the_log_is_silent(
    municipality: Municipality,
) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        events = len(session.scalars(select(AuditEvent)).all())
        old = drafts.save(session, m.registrar, "gammal", {"title": "x"}, []).uid
        fresh = drafts.save(session, m.registrar, "ny", {"title": "x"}, []).uid
        month = now() - drafts.KEPT - dt.timedelta(minutes=1)
        session.execute(update(Draft).where(Draft.uid == old).values(updated_at=month))
    assert Worker(m.database, [], [DraftCleaner(m.database)]).drain() == 1
    with m.database.reading() as session:
        assert [draft.uid for draft in drafts.mine(session, m.registrar)] == [fresh]
        assert len(session.scalars(select(AuditEvent)).all()) == events


def test_draft_saved_late_does_not_come_back_after_registering(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = drafts.save(session, m.registrar, "form", {"title": "x"}, [FILE]).uid
        drafts.spend(session, m.registrar, "form")
        drafts.spend(session, m.registrar, "never saved")
        drafts.spend(session, m.registrar, "")
    for key in ("form", "never saved"):
        with m.database.unit_of_work() as session, pytest.raises(DraftSpent):
            drafts.save(session, m.registrar, key, {"title": "sent"}, [FILE])
    with m.database.unit_of_work() as session:
        assert drafts.mine(session, m.registrar) == ()
        with pytest.raises(DraftNotFound):
            drafts.load(session, m.registrar, uid)
        assert [(row.form, row.files) for row in session.scalars(select(Draft))] == [({}, [])] * 2
        drafts.save(session, m.officer, "form", {"title": "annans"}, [])
        day = now() - drafts.SPENT_KEPT - dt.timedelta(minutes=1)
        session.execute(update(Draft).values(updated_at=day))
        assert drafts.delete_old(session) == 2
        assert drafts.save(session, m.registrar, "form", {"title": "ny"}, []).title == "ny"


def test_list_of_drafts_says_what_each_is_about_without_loading_it(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        drafts.save(session, m.registrar, "a", {"case_title": " Skylt ", "title": "", "note": "å" * 9000}, [FILE])
        drafts.save(session, m.registrar, "b", {"title": "Brev", "case": "KS 2026/1"}, [])
    with m.database.reading() as session:
        rows = drafts.mine(session, m.registrar)
        assert [(row.title, row.case, row.files) for row in rows] == [("Brev", "KS 2026/1", 0), ("Skylt", "", 1)]
        assert not session.identity_map
