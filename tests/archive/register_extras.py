"""What a case and its records have beside their own rows: dispatches, shares, reviews, withdrawals."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.vocabulary import LetterKind, Means, MessageState, RecipientState
from diarium.identity.permissions import Actor
from diarium.register.models import Case, CaseOrigin, Record, Withdrawal
from diarium.register.models.disposal import CaseDisposal, DisposalDepth
from diarium.register.vocabulary import CaseStatus
from diarium.secrecy.models import Restriction, Scope
from diarium.secrecy.work_models import CaseShare, Occasion, Outcome, RestrictionReview
from tests.conftest import Municipality

MESSAGE = b"From: ks@ekdala.example\r\nSubject: Komplettering\r\n\r\nSvara senast den 4 mars.\r\n"
MOMENT = dt.datetime(2024, 3, 5, 10, 11, 12, tzinfo=dt.UTC)


def add_extras(municipality: Municipality, session: Session, case: Case) -> None:
    """One of each, with every field in use, on the case and on its outgoing record."""
    registrar = municipality.registrar
    record = next(item for item in case.records if item.title == "Begäran om komplettering")
    with_files = next(item for item in case.records if item.documents and item.restrictions)
    sent = municipality.store(session, MESSAGE)
    session.add_all([_letter(registrar, case, record, sent), _by_hand(registrar, case, record)])
    session.add(_share(registrar, case))
    session.add_all(
        [
            _withdrawal(registrar, case_id=case.id),
            _withdrawal(registrar, record_id=record.id),
            _withdrawal(registrar, document_id=with_files.documents[0].id),
        ]
    )
    session.add(_review(registrar, case.restrictions[0], None))
    of_file = next(mark for mark in with_files.restrictions if mark.document_id is not None)
    session.add(_review(registrar, of_file, of_file.document_id))
    session.flush()
    for item in (case, record, with_files):
        session.expire(item)


def add_history(session: Session, case: Case) -> None:
    """The case was taken over from a package, and some of its files were disposed of."""
    session.add(
        CaseOrigin(
            case=case,
            import_uid=uuid.uuid4(),
            package_id="BN_1999-01-01_1999-12-31_7",
            creator="Byggnadsnämnden & dess arkiv",
            system="Ärendesystemet 2",
            fingerprint="0" * 64,
            status=CaseStatus.ARCHIVED,
            taken_over_at=MOMENT,
            taken_over_by_name="Arja Arkivarie",
        )
    )
    session.add(
        CaseDisposal(
            case_id=case.id,
            depth=DisposalDepth.FILES,
            rule="Gallras 2 år efter beslut",
            basis="Dokumenthanteringsplan & beslut",
            decision="KS 2024-03-09 § 7",
            decided_on=dt.date(2024, 3, 9),
            decided_by_name="Adam Admin",
            certificate="Gallringsbevis KS 2024/1",
            certificate_uid=uuid.uuid4(),
            disposed_at=MOMENT,
            record_count=1,
            file_count=2,
            files={"3": 2},
        )
    )
    session.flush()


def _letter(actor: Actor, case: Case, record: Record, content: str) -> OutgoingMessage:
    return OutgoingMessage(
        authority_id=case.authority_id,
        case=case,
        record=record,
        means=Means.EMAIL,
        state=MessageState.PARTLY_SENT,
        kind=LetterKind.COMPLETION,
        message_id=f"<{uuid.uuid4()}@ekdala.example>",
        sender_email="ks@ekdala.example",
        subject="Komplettering & svar",
        content_sha256=content,
        attachment_names=["beslut.pdf", "Karta & läge.pdf"],
        secrecy_reason="Mottagaren är part & har rätt till insyn",
        note="Skickat på nytt efter samtal",
        last_error="450 Försök igen & senare",
        is_settled=True,
        answer="250 Tack & hej",
        dispatched_on=MOMENT.date(),
        sent_at=MOMENT,
        queued_at=MOMENT - dt.timedelta(minutes=3),
        queued_by_id=actor.user_id,
        queued_by_name=actor.name,
        recipients=[
            OutgoingRecipient(
                name="Åsa & Örjan",
                address="asa@example.org",
                is_protected=True,
                state=RecipientState.BOUNCED,
                answer="250 OK",
                report="Brevlådan är full & stängd",
                reported_at=MOMENT + dt.timedelta(hours=1),
            ),
            OutgoingRecipient(address="bo@example.org", state=RecipientState.DELIVERED),
        ],
    )


def _by_hand(actor: Actor, case: Case, record: Record) -> OutgoingMessage:
    return OutgoingMessage(
        authority_id=case.authority_id,
        case=case,
        record=record,
        means=Means.POST,
        state=MessageState.NOTED,
        note="Rekommenderat brev",
        dispatched_on=dt.date(2024, 3, 6),
        queued_by_id=actor.user_id,
        queued_by_name=actor.name,
        recipients=[OutgoingRecipient(name="Grannen AB")],
    )


def _share(actor: Actor, case: Case) -> CaseShare:
    return CaseShare(
        case_id=case.id,
        to_authority_code="SN",
        with_marked=True,
        legal_ground="OSL 10 kap. 2 §",
        reason="Nämnden yttrar sig & behöver underlaget",
        until=dt.date(2024, 12, 24),
        made_at=MOMENT,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        revoked_at=MOMENT + dt.timedelta(days=2),
        revoked_by_name="Arja Arkivarie",
        revoke_reason="Yttrandet är klart & inkommet",
    )


def _withdrawal(actor: Actor, **target: int) -> Withdrawal:
    return Withdrawal(
        **target,
        reason="Uppgifterna sprids & skadar",
        made_at=MOMENT,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        ended_at=MOMENT + dt.timedelta(days=30),
        ended_by_name="Arja Arkivarie",
        end_reason="Skälet finns inte & visas igen",
    )


def _review(actor: Actor, mark: Restriction, document_id: int | None) -> RestrictionReview:
    return RestrictionReview(
        restriction_id=mark.id,
        reviewed_on=dt.date(2024, 3, 7),
        made_at=MOMENT,
        reviewed_by_id=actor.user_id,
        reviewed_by_name=actor.name,
        occasion=Occasion.REQUEST,
        outcome=Outcome.NARROWED if document_id else Outcome.KEPT,
        reason="Priserna är fortfarande känsliga & skyddas",
        scope_before=Scope.WHOLE if document_id else mark.scope,
        scope_after=mark.scope,
        document_id=document_id,
        next_on=dt.date(2031, 1, 1),
    )
