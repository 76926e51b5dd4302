"""Expediting: what is registered and queued, what is refused, what the writer is offered."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from diarium.correspondence import dispatching, drafting, noting, queries, templates
from diarium.correspondence.errors import InvalidLetter, MailNotConfigured, SecretMaterial
from diarium.correspondence.guarding import Consent
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.noting import Note
from diarium.correspondence.queries import Box
from diarium.correspondence.vocabulary import LetterKind, MessageState
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import today, use_locale
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.register import closed_circles, closing, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.errors import InvalidFact, RecordNotFound, StatusConflict
from diarium.register.models import Case, Deadline, Record
from diarium.register.views import record_view
from diarium.register.vocabulary import Direction, PartyKind, PartyRole
from diarium.secrecy import grants
from diarium.secrecy.models import Scope
from diarium.settings import MailSettings
from tests.correspondence.conftest import Post, parsed

ANNA = PartyFacts("Anna Ek", PartyKind.PERSON, email="anna@bolaget.example")
SIRI = PartyFacts("Siri Skyddad", PartyKind.PERSON, email="siri@x.example", is_protected=True)


def record_of(
    post: Post, *, files: tuple[str, ...] = ("Ansökan.txt",), content: bytes = b"x", **facts: Any
) -> Record:
    """A record with files in a case of its own, or in `case`."""
    with post.municipality.database.unit_of_work() as session:
        documents = tuple(
            DocumentFacts(post.municipality.store(session, content + name.encode()), name) for name in files
        )
        case = session.get_one(Case, facts.pop("case").id) if "case" in facts else None
        wanted: dict[str, Any] = {"documents": documents, "parties": (ANNA,), **facts}
        record = post.municipality.record(session, case, **wanted)
        session.refresh(record, ["documents", "case"])
        return record


def file_uids(record: Record) -> tuple[uuid.UUID, ...]:
    return tuple(document.uid for document in record.documents)


def options(post: Post, actor: Actor, record: Record) -> drafting.Options:
    with post.municipality.database.reading() as session:
        return drafting.options(session, actor, post.mail, record.case.uid, record.uid)


def count(post: Post, kind: type[Any]) -> int:
    with post.municipality.database.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_letter_becomes_an_outgoing_record_with_its_recipients(post: Post) -> None:
    record = record_of(post)
    party = options(post, post.municipality.registrar, record).recipients[0]
    message = post.send(
        record.case.uid,
        record_uid=record.uid,
        kind=LetterKind.RECEIPT,
        parties=(party.uid,),
        files=file_uids(record),
        record_type="Bekräftelse",
    )
    with post.municipality.database.reading() as session:
        sent = session.get_one(OutgoingMessage, message.id).record
        assert (sent.direction, sent.official_on, sent.record_type) == (Direction.OUTGOING, today(), "Bekräftelse")
        assert sent.title == f"Bekräftelse på mottagande av {record.number_text}"
        assert {(p.name, p.role, p.email) for p in sent.parties} >= {("Anna Ek", PartyRole.RECIPIENT, ANNA.email)}
        (document,) = sent.documents
        assert document.file_name.endswith(".eml")
        assert "Ansökan.txt" in (sent.note or "")
        kept = parsed(post.municipality.blobs.open(document.sha256).read())
        assert [part.get_content() for part in kept.iter_attachments()] == ["xAnsökan.txt"]


def test_letter_that_is_refused_leaves_nothing_behind(post: Post) -> None:
    record = record_of(post)
    before = count(post, Record)
    with post.municipality.database.unit_of_work() as session:
        case = session.get_one(Case, record.case.id)
        closing.cancel_case(session, post.municipality.registrar, case, "Fel nämnd")
    with pytest.raises(StatusConflict):
        post.send(record.case.uid)
    with pytest.raises(InvalidFact):
        post.send(record_of(post).case.uid, title="x" * 501)
    assert count(post, OutgoingMessage) == 0
    assert count(post, Record) == before + 1


def test_watched_answer_day_in_the_past_stops_the_whole_letter(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    with pytest.raises(InvalidLetter) as failure:
        sqlite_post.send(record.case.uid, watch=True, answer_by=today() - dt.timedelta(days=1))
    assert failure.value.field == "answer_by"
    assert (count(sqlite_post, OutgoingMessage), count(sqlite_post, Deadline)) == (0, 0)


@pytest.mark.parametrize("scope", list(Scope))
def test_attached_file_of_a_marked_record_needs_a_reason_and_marks_the_letter(
    sqlite_post: Post, scope: Scope
) -> None:
    open_one = record_of(sqlite_post)
    marked = record_of(sqlite_post, case=open_one.case, restrictions=(RestrictionFacts("26:1", scope),))
    with pytest.raises(SecretMaterial, match=r"26 kap\. 1 §"):
        sqlite_post.send(open_one.case.uid, files=file_uids(marked))
    assert count(sqlite_post, OutgoingMessage) == 0
    with pytest.raises(SecretMaterial) as failure:
        sqlite_post.send(open_one.case.uid, files=file_uids(marked), consent=Consent(to_marked=True, reason=" \n"))
    assert failure.value.field == "secrecy_reason"
    message = sqlite_post.send(
        open_one.case.uid, files=file_uids(marked), consent=Consent(to_marked=True, reason="Prövat i dag")
    )
    found = sqlite_post.again(message)
    wanted = Scope.FILES if scope is Scope.FILES else Scope.WHOLE
    assert [mark.scope for mark in found.record.restrictions] == [wanted]
    assert found.secrecy_reason == "Prövat i dag"


def test_lifted_marking_stops_nothing(sqlite_post: Post) -> None:
    record = record_of(sqlite_post, restrictions=(RestrictionFacts("26:1"),))
    with sqlite_post.municipality.database.unit_of_work() as session:
        known = session.get_one(Record, record.id)
        registrar = sqlite_post.municipality.registrar
        secrecy_marks.lift(session, registrar, known, known.restrictions[0].uid, "Inte hemligt")
    message = sqlite_post.send(record.case.uid, record_uid=record.uid, files=file_uids(record))
    assert sqlite_post.again(message).record.restrictions == []


def test_files_on_a_protected_person_never_leave_by_mail(sqlite_post: Post) -> None:
    record = record_of(sqlite_post, parties=(SIRI,))
    consent = Consent(to_marked=True, reason="Prövat i dag", to_protected=True)
    assert options(sqlite_post, sqlite_post.municipality.registrar, record).files == ()
    assert options(sqlite_post, sqlite_post.municipality.registrar, record).withholds_files
    with pytest.raises(SecretMaterial) as failure:
        sqlite_post.send(record.case.uid, files=file_uids(record), consent=consent)
    assert failure.value.field == "file"
    outgoing = record_of(sqlite_post, parties=(SIRI,), direction=Direction.OUTGOING)
    with pytest.raises(SecretMaterial):
        sqlite_post.send(outgoing.case.uid, record_uid=outgoing.uid, files=file_uids(outgoing), consent=consent)


def test_protected_person_is_written_to_only_by_who_may_see_them_and_confirms(sqlite_post: Post) -> None:
    record = record_of(sqlite_post, parties=(SIRI,))
    officer, registrar = sqlite_post.municipality.officer, sqlite_post.municipality.registrar
    assert options(sqlite_post, officer, record).recipients == ()
    offered = options(sqlite_post, registrar, record).recipients[0]
    assert (offered.is_protected, offered.is_chosen) == (True, False)
    confirmed = Consent(to_protected=True)
    for actor, facts in (
        (officer, {"others": ("Siri@X.example",)}),
        (officer, {"others": ("siri@x.example",), "consent": confirmed}),
        (registrar, {"others": ("siri@x.example",)}),
    ):
        with pytest.raises(SecretMaterial):
            sqlite_post.send(record.case.uid, actor=actor, **facts)
    with pytest.raises(InvalidLetter):
        sqlite_post.send(record.case.uid, actor=officer, parties=(offered.uid,), consent=confirmed)
    message = sqlite_post.send(record.case.uid, others=("siri@x.example",), consent=confirmed)
    assert sqlite_post.again(message).recipients[0].is_protected


def test_officer_who_may_not_see_what_is_marked_can_send_nothing_from_it(sqlite_post: Post) -> None:
    record = record_of(sqlite_post, restrictions=(RestrictionFacts("26:1"),))
    with pytest.raises(NotAllowed):
        options(sqlite_post, sqlite_post.municipality.officer, record)
    open_one = record_of(sqlite_post, case=record.case)
    seen = options(sqlite_post, sqlite_post.municipality.officer, open_one)
    assert [item.record_number for item in seen.files] == [open_one.number_text]
    with pytest.raises(SecretMaterial):
        sqlite_post.send(
            record.case.uid,
            actor=sqlite_post.municipality.officer,
            files=file_uids(record),
            consent=Consent(to_marked=True, reason="Därför"),
        )


def test_another_authority_finds_neither_case_nor_dispatch(post: Post) -> None:
    record = record_of(post)
    message = post.send(record.case.uid)
    outsider = post.municipality.outsider
    with pytest.raises(NotFound):
        options(post, outsider, record)
    with post.municipality.database.reading() as session:
        with pytest.raises(NotFound):
            queries.details(session, outsider, message.uid)
        assert queries.page(session, outsider).rows == ()
        assert queries.counts(session, outsider).waiting == 0
        assert queries.counts(session, post.municipality.registrar).waiting == 1


def test_record_of_another_case_is_none_of_this_one(sqlite_post: Post) -> None:
    one, other = record_of(sqlite_post), record_of(sqlite_post)
    with pytest.raises(RecordNotFound):
        sqlite_post.send(one.case.uid, record_uid=other.uid)
    with pytest.raises(SecretMaterial):
        sqlite_post.send(one.case.uid, files=file_uids(other))


def test_attachments_too_heavy_together_are_refused_with_their_weight(sqlite_post: Post) -> None:
    record = record_of(sqlite_post, files=("a.txt", "b.txt"), content=b"x" * 700_000)
    sqlite_post.mail = MailSettings("127.0.0.1", sender="d@ekdala.example", max_bytes=1_000_000)
    with pytest.raises(InvalidLetter, match=r"1,4 MB tillsammans. Ett brev tar högst 1,0 MB"):
        sqlite_post.send(record.case.uid, files=file_uids(record))


def test_nothing_is_queued_without_a_server_or_an_address_to_send_from(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    for settings in (MailSettings(), MailSettings("post.example"), MailSettings("post.example", sender="fel")):
        sqlite_post.mail = settings
        with pytest.raises(MailNotConfigured):
            sqlite_post.send(record.case.uid)


def test_answers_go_to_the_authority_itself(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    with sqlite_post.municipality.database.unit_of_work() as session:
        session.get_one(Case, record.case.id).authority.email = "ks@ekdala.example"
    message = sqlite_post.send(record.case.uid)
    kept = parsed(sqlite_post.municipality.blobs.open(message.content_sha256 or "").read())
    assert kept["From"] == "Kommunstyrelsen <diarium@ekdala.example>"
    assert kept["Reply-To"] == "Kommunstyrelsen <ks@ekdala.example>"


def test_marked_title_is_not_filled_into_a_letter(sqlite_post: Post) -> None:
    marks = (RestrictionFacts("26:1"),)
    record = record_of(sqlite_post, title="Hemlig vårdplan", restrictions=marks)
    with sqlite_post.municipality.database.unit_of_work() as session:
        registrar = sqlite_post.municipality.registrar
        facts = templates.TemplateFacts("other", "Prov", "{arendenummer}", "{handling} från {avsandare}")
        row = templates.create(session, registrar, "KS", facts)
        draft = drafting.draft(session, registrar, record.case.uid, record.uid, row.uid)
    assert draft.body == "{handling} från {avsandare}"
    with pytest.raises(InvalidLetter, match=r"\{handling\}, \{avsandare\}"):
        sqlite_post.send(record.case.uid, subject=draft.subject, body=draft.body)


def test_letters_are_swedish_whatever_language_the_writer_works_in(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    with use_locale("en"):
        message = sqlite_post.send(record.case.uid, body="Senast {svar_senast}.", answer_by=dt.date(2030, 5, 1))
    kept = parsed(sqlite_post.municipality.blobs.open(message.content_sha256 or "").read())
    assert kept.get_content().strip() == "Senast 1 maj 2030."


def test_what_left_by_other_means_is_noted_with_day_and_names(post: Post) -> None:
    record = record_of(post, direction=Direction.OUTGOING, parties=(PartyFacts("Bo", role=PartyRole.RECIPIENT),))
    registrar = post.municipality.registrar
    with post.municipality.database.unit_of_work() as session:
        noting.note(session, registrar, record.uid, Note("post", today(), note="Rekommenderat"))
    with post.municipality.database.reading() as session:
        case = session.get_one(Case, record.case.id)
        (view,) = queries.dispatches_of(session, registrar, case)
        assert (view.state, view.day, view.note) == (MessageState.NOTED, today(), "Rekommenderat")
        assert [item.name for item in view.recipients] == ["Bo"]
        known = session.get_one(Record, record.id)
        assert queries.dispatches_of_record(session, registrar, known) == (view,)


@pytest.mark.parametrize(
    ("note", "field"),
    [(Note("email", today()), "means"), (Note("post", None), "day"),
     (Note("post", today() + dt.timedelta(days=1)), "day"), (Note("post", today(), note="x" * 2001), "note"),
     (Note("post", today(), recipients="x\n" * 51), "recipients")],
)  # fmt: skip
def test_mistake_in_a_note_is_told_at_its_field(sqlite_post: Post, note: Note, field: str) -> None:
    record = record_of(sqlite_post, direction=Direction.OUTGOING)
    with (
        sqlite_post.municipality.database.unit_of_work() as session,
        pytest.raises((InvalidLetter, InvalidFact)) as failure,
    ):
        noting.note(session, sqlite_post.municipality.registrar, record.uid, note)
    assert failure.value.field == field


def test_incoming_record_cannot_be_noted_as_sent(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    with sqlite_post.municipality.database.unit_of_work() as session, pytest.raises(StatusConflict):
        noting.note(session, sqlite_post.municipality.registrar, record.uid, Note("post", today()))


def test_boxes_hold_what_they_say(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    sqlite_post.send(record.case.uid)
    with sqlite_post.municipality.database.reading() as session:
        registrar = sqlite_post.municipality.registrar
        numbers = {box: len(queries.page(session, registrar, box).rows) for box in Box}
    assert numbers == {Box.ALL: 1, Box.WAITING: 1, Box.FAILED: 0, Box.UNCERTAIN: 0}


def test_known_key_of_somebody_else_gives_nothing_away(sqlite_post: Post) -> None:
    record, other = record_of(sqlite_post), record_of(sqlite_post)
    message = sqlite_post.send(record.case.uid)
    with pytest.raises(InvalidLetter):
        sqlite_post.send(other.case.uid, key=message.uid)
    with pytest.raises(InvalidLetter):
        sqlite_post.send(record.case.uid, key=message.uid, actor=sqlite_post.municipality.officer)
    assert sqlite_post.send(record.case.uid, key=message.uid).id == message.id


def test_one_message_tells_no_recipient_of_another(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    message = sqlite_post.send(record.case.uid, others=("a@x.example", "b@x.example", "A@x.example"))
    content = sqlite_post.municipality.blobs.open(message.content_sha256 or "").read()
    assert b"@x.example" not in content
    assert len(sqlite_post.again(message).recipients) == 2


def test_preview_is_what_is_sent(sqlite_post: Post) -> None:
    record = record_of(sqlite_post)
    facts = sqlite_post.letter(record.case.uid, body="Senast {svar_senast}.", answer_by=dt.date(2030, 5, 1))
    with sqlite_post.municipality.database.reading() as session:
        registrar = sqlite_post.municipality.registrar
        assert dispatching.preview(session, sqlite_post.mail, registrar, facts)[1] == "Senast 1 maj 2030."
    assert count(sqlite_post, OutgoingMessage) == 0


def test_letter_about_a_record_with_a_closed_circle_has_the_same_circle(sqlite_post: Post) -> None:
    open_one = record_of(sqlite_post)
    marked = record_of(sqlite_post, case=open_one.case, restrictions=(RestrictionFacts("26:1"),))
    municipality = sqlite_post.municipality
    with municipality.database.unit_of_work() as session:
        closed_circles.close_circle(
            session, municipality.registrar, session.get_one(Record, marked.id), "Känsligt"
        )
        user = session.get_one(User, municipality.registrar.user_id)
        municipality.registrar = grants.actor_of(session, user)
    message = sqlite_post.send(
        open_one.case.uid, files=file_uids(marked), consent=Consent(to_marked=True, reason="Prövat i dag")
    )
    with municipality.database.reading() as session:
        letter = session.get_one(Record, sqlite_post.again(message).record.id)
        assert letter.is_closed_circle
        assert record_view(municipality.archivist, letter).title is None
        known = grants.actor_of(session, session.get_one(User, municipality.registrar.user_id))
        assert record_view(known, letter).title is not None
