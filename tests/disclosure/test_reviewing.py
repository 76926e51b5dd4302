"""Each request is reviewed anew, and the review is kept."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.disclosure import delivering, handling, queries, reviewing
from diarium.disclosure.delivering import HandedOut
from diarium.disclosure.errors import HiddenMaterial, InvalidRequest, RequestConflict
from diarium.disclosure.masking import MaskedFile, MaskFinding, SecretWords, findings_in
from diarium.disclosure.reviewing import ReviewFacts
from diarium.disclosure.vocabulary import Means, ReviewOutcome
from diarium.errors import DomainError
from diarium.i18n import today
from diarium.register import registration, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.errors import EditConflict
from diarium.register.models import Record
from diarium.secrecy.models import Scope
from tests.disclosure.desk import Desk

REFUSED = {"provisions": ("26:1",), "reason": "Uppgift om hälsa."}


def mark(desk: Desk, scope: Scope = Scope.WHOLE) -> None:
    with desk.town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        secrecy_marks.mark(session, desk.town.registrar, record, RestrictionFacts("26:1", scope))


def document_uid(desk: Desk) -> uuid.UUID:
    with desk.town.database.reading() as session:
        return session.get_one(Record, desk.record.id).documents[0].uid


def test_the_next_request_shows_the_earlier_review_and_needs_one_of_its_own(desk: Desk) -> None:
    first, second = desk.request(), desk.request()
    desk.review(first, ReviewOutcome.REFUSED, **REFUSED)
    with desk.town.database.reading() as session:
        record = session.get_one(Record, desk.record.id)
        rows = queries.reviews_of_record(session, desk.town.registrar, record)
    assert [(row.outcome, row.citations, row.reason) for row in rows] == [
        (ReviewOutcome.REFUSED, ("OSL 26 kap. 1 §",), "Uppgift om hälsa.")
    ]
    assert desk.view(second).items[0].review is None
    desk.review(second, ReviewOutcome.RELEASED)
    assert desk.view(first).items[0].review is not None
    assert desk.view(first).items[0].review.outcome is ReviewOutcome.REFUSED  # type: ignore[union-attr]


def test_a_review_is_never_changed_another_one_is_made(desk: Desk) -> None:
    uid = desk.request()
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    desk.review(uid, ReviewOutcome.RELEASED)
    (item,) = desk.view(uid).items
    assert [made.outcome for made in item.reviews] == [ReviewOutcome.REFUSED, ReviewOutcome.RELEASED]
    assert desk.actions(desk.record.uid)[-2:] == ["record.disclosure_refused", "record.disclosure_released"]
    assert "Uppgift om hälsa" not in desk.log()


def test_what_is_marked_is_released_only_with_a_reason(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    mark(desk)
    uid = desk.request()
    with pytest.raises(InvalidRequest) as caught:
        desk.review(uid, ReviewOutcome.RELEASED)
    assert caught.value.field == "reason"
    desk.review(uid, ReviewOutcome.RELEASED, reason="Uppgifterna är harmlösa nu.")
    assert desk.view(uid).items[0].why_not_given is None


def test_each_mistake_is_told_at_its_field(sqlite_desk: Desk) -> None:
    mistakes: list[tuple[str, dict[str, Any], str]] = [
        ("nonsense", {}, "outcome"),
        ("refused", {"reason": "Skäl."}, "provisions"),
        ("refused", {"provisions": ("99:99",), "reason": "Skäl."}, "provisions"),
        ("refused", {"provisions": ("26:1",)}, "reason"),
        ("refused", {"provisions": ("26:1",), "reason": "x" * 5000}, "reason"),
        ("released", {"provisions": ("26:1",)}, "provisions"),
        ("not_held", {}, "reason"),
        ("masked", REFUSED, "masked"),
        ("reservation", REFUSED, "terms"),
        ("released", {"masked": (MaskedFile(None, "a" * 64, "m.pdf"),)}, "outcome"),
        # Who asks is not written into what is kept.
        ("not_held", {"reason": "Anna Frågvis ringde."}, "reason"),
        ("not_held", {"reason": "Nås på anna@fragar.example"}, "reason"),
        ("not_held", {"reason": "Nås på 070-123 45 67"}, "reason"),
    ]
    (uid,) = sqlite_desk.order()
    item = sqlite_desk.view(uid).items[0].uid
    for outcome, facts, field in mistakes:
        with sqlite_desk.town.database.unit_of_work() as session:
            with pytest.raises(DomainError) as caught:
                reviewing.review(session, sqlite_desk.town.registrar, uid, item, ReviewFacts(outcome, **facts))
            session.rollback()
        assert caught.value.field == field, (outcome, facts)
    assert sqlite_desk.view(uid).items[0].reviews == ()


def test_whoever_may_not_see_the_record_cannot_review_it(desk: Desk) -> None:
    mark(desk)
    uid = desk.request()
    with pytest.raises(HiddenMaterial):
        desk.review(uid, ReviewOutcome.RELEASED, reason="Går bra.", actor=desk.town.officer)
    view = desk.view(uid, desk.town.officer)
    assert view.items[0].is_hidden
    assert (view.items[0].title, view.items[0].documents, view.items[0].number) == (
        None,
        (),
        desk.record.number_text,
    )
    desk.review(uid, ReviewOutcome.REFUSED, **REFUSED)
    hidden = desk.view(uid, desk.town.officer).items[0].review
    assert hidden is not None
    assert (hidden.reason, hidden.citations) == (None, ("OSL 26 kap. 1 §",))
    with desk.town.database.reading() as session:
        record = session.get_one(Record, desk.record.id)
        (row,) = queries.reviews_of_record(session, desk.town.officer, record)
    assert row.reason is None


def test_masked_copy_stands_for_its_original_and_must_differ_from_it(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    original = document_uid(desk)
    with desk.town.database.unit_of_work() as session:
        copy = desk.town.store(session, b"%PDF-1.4 maskad")
        same = session.get_one(Record, desk.record.id).documents[0].sha256
    for masked, field in (
        (MaskedFile(original, same, "samma.pdf"), "masked"),
        (MaskedFile(uuid.uuid4(), copy, "annan.pdf"), "masked"),
        (MaskedFile(original, copy, "läcker.pdf", (MaskFinding.NAME,)), "confirmed"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            desk.review(uid, ReviewOutcome.MASKED, masked=(masked,), **REFUSED)
        assert caught.value.field == field
    leaking = MaskedFile(original, copy, "läst.pdf", (MaskFinding.NAME,))
    desk.review(uid, ReviewOutcome.MASKED, masked=(leaking,), confirmed=True, **REFUSED)
    made = desk.view(uid).items[0].review
    assert made is not None
    assert [(file.file_name, file.findings) for file in made.masked] == [
        ("läst.pdf", ("namn på privatpersoner i ärendet",))
    ]
    assert desk.view(uid).items[0].documents[0].file_name == "yttrande.pdf"


def test_text_of_a_masked_copy_is_searched_for_what_was_to_be_hidden() -> None:
    words = SecretWords(
        names=frozenset({"berta hemlig"}),
        name_parts=frozenset({"berta", "hemlig"}),
        numbers=frozenset({"8001011239"}),
        contacts=frozenset({"dolda gatan 1"}),
    )
    assert findings_in("Beslut om bygglov.", words) == ()
    assert findings_in("Berta\nHemlig har sökt", words) == (MaskFinding.NAME,)
    assert findings_in("Hemlig, B.", words) == (MaskFinding.NAME,)
    assert findings_in("Hemliga uppgifter", words) == ()
    assert findings_in("nr 800101-1239", words) == (MaskFinding.PERSONAL_NUMBER,)
    assert findings_in("bor på Dolda gatan 1", words) == (MaskFinding.CONTACT,)


def test_two_who_work_at_once_do_not_overwrite_each_other(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    version = desk.view(uid).version
    with desk.town.database.unit_of_work() as session:
        handling.take(session, desk.town.officer, uid, version=version)
    with desk.town.database.unit_of_work() as session, pytest.raises(EditConflict):
        handling.take(session, desk.town.registrar, uid, version=version)
    assert desk.view(uid).handler == "Hans Handläggare"


def test_only_who_answers_requests_at_the_authority_can_be_given_one(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    for name in ("siv", "adam", "nobody"):
        with desk.town.database.unit_of_work() as session:
            with pytest.raises(InvalidRequest) as caught:
                handling.assign(session, desk.town.registrar, uid, name)
            session.rollback()
        assert caught.value.field == "handler"
    with desk.town.database.unit_of_work() as session:
        handling.assign(session, desk.town.registrar, uid, "hans")
    with desk.town.database.reading() as session:
        assert [name for name, _label in queries.handlers(session, "KS")] == ["arja", "hans", "rut"]


def test_who_asks_is_shown_to_the_handler_and_the_office_alone(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    (uid,) = desk.order(message="Min granne")
    assert desk.view(uid, desk.town.officer).asker is None
    assert desk.view(uid, desk.town.archivist).asker is not None
    with desk.town.database.unit_of_work() as session:
        handling.take(session, desk.town.officer, uid)
    assert desk.view(uid, desk.town.officer).asker is not None


def test_waiting_needs_a_reason_and_is_not_late(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    with desk.town.database.unit_of_work() as session:
        desk.age(session, uid, 20)
    assert desk.view(uid).is_overdue
    with desk.town.database.unit_of_work() as session:
        with pytest.raises(InvalidRequest):
            handling.wait(session, desk.town.registrar, uid, " ")
        session.rollback()
    with desk.town.database.unit_of_work() as session:
        handling.wait(session, desk.town.registrar, uid, "Vilket år avses?")
    view = desk.view(uid)
    assert (view.is_overdue, view.waiting_for) == (False, "Vilket år avses?")
    with desk.town.database.unit_of_work() as session:
        handling.resume(session, desk.town.registrar, uid)
        with pytest.raises(RequestConflict):
            handling.resume(session, desk.town.registrar, uid)
    assert desk.view(uid).is_overdue


def test_a_case_with_something_marked_in_it_is_not_let_out_as_a_whole(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    with desk.town.database.reading() as session:
        number = session.get_one(Record, desk.record.id).case.number_text
    uid = desk.request(wanted=(number,))
    item = desk.view(uid).items[0].uid
    desk.review(uid, ReviewOutcome.RELEASED, actor=desk.town.officer)
    mark(desk)  # after the review: then it may not leave any more
    facts = HandedOut(Means.ON_SPOT.value, (item,), today())
    with desk.town.database.unit_of_work() as session, pytest.raises(InvalidRequest, match="Dela upp") as caught:
        delivering.note_handed_out(session, desk.town.officer, uid, facts)
    assert caught.value.field == "item"
    with pytest.raises(InvalidRequest, match="Dela upp") as caught:
        desk.review(uid, ReviewOutcome.RELEASED, reason="Går bra.")
    assert caught.value.field == "outcome"


def test_a_file_that_came_while_the_page_was_open_is_not_reviewed_unseen(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    seen = (document_uid(desk),)
    with desk.town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        later = DocumentFacts(desk.town.store(session, b"%PDF-1.4 senare"), "senare.pdf")
        registration.add_documents(session, desk.town.registrar, record, (later,))
    with pytest.raises(RequestConflict, match="filer har ändrats"):
        desk.review(uid, ReviewOutcome.RELEASED, seen=seen)
    seen = tuple(file.uid for file in desk.view(uid).items[0].documents)
    desk.review(uid, ReviewOutcome.RELEASED, seen=seen)


def test_what_was_said_not_to_be_here_does_not_become_the_review_of_what_is_found(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    (uid,) = desk.order(nothing=True, message="Något om skolan")
    item = desk.view(uid).items[0].uid
    desk.review(uid, ReviewOutcome.NOT_HELD, reason="Har aldrig kommit in.")
    with desk.town.database.unit_of_work() as session, pytest.raises(RequestConflict, match="redan prövad"):
        handling.identify(session, desk.town.registrar, uid, item, desk.record.number_text)


def test_what_is_struck_stays_and_is_not_reviewed(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    uid = desk.request()
    item = desk.view(uid).items[0].uid
    with desk.town.database.unit_of_work() as session:
        handling.withdraw_item(session, desk.town.registrar, uid, item)
    with pytest.raises(RequestConflict):
        desk.review(uid, ReviewOutcome.RELEASED)
    assert not desk.view(uid).items[0].is_wanted
    with desk.town.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.entity_uid == str(uid))).all()
    assert [(event.after or {}).get("number") for event in events][-1] == desk.record.number_text
