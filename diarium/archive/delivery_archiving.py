"""The worker makes the cases of confirmed deliveries archived, some at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.archive.delivery_lookup import loaded, note
from diarium.archive.delivery_models import PackageDelivery, PackageReceipt, ReceiptOutcome, ReceiptState
from diarium.archive.delivery_states import DeliveryState, DeliveryStep
from diarium.archive.models import ExportItem
from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.i18n import SOURCE_LOCALE, ngettext, use_locale
from diarium.identity.permissions import SYSTEM, Actor
from diarium.register import archiving
from diarium.register.archiving import ArchivedWith
from diarium.register.models import Case, Record
from diarium.register.vocabulary import CaseStatus

BATCH = 100
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DeliveryArchiver:
    """The worker's round. A batch is one transaction: audit, feed and status together; a crash loses none."""

    database: Database
    name: str = "archiving"
    every: float = 10.0

    def run(self) -> int:
        """Archives what is to be archived; how many cases."""
        with self.database.reading() as session:
            found = session.scalars(select(PackageDelivery.id).where(*_TO_DO).order_by(PackageDelivery.id)).all()
        done = 0
        with use_locale(SOURCE_LOCALE):
            for delivery_id in found:
                after: int | None = 0
                while after is not None:
                    archived, after = self._batch(delivery_id, after)
                    done += archived
        return done

    def _batch(self, delivery_id: int, after: int) -> tuple[int, int | None]:
        """Of the cases with larger ids than `after`: how many became archived, and the last one looked at.

        The last one is None where nothing is left to do.
        """
        with self.database.unit_of_work() as session:
            row = session.scalar(
                select(PackageDelivery).where(PackageDelivery.id == delivery_id, *_TO_DO).with_for_update()
            )
            if row is None:
                return 0, None
            delivery = session.scalars(loaded().where(PackageDelivery.id == row.id)).one()
            actor = _who_confirmed(session, delivery)
            to = ArchivedWith(delivery.uid, delivery.reference, delivery.agreement.receiver_name)
            cases = session.scalars(
                select(Case)
                .join(ExportItem, ExportItem.case_id == Case.id)
                .where(ExportItem.part_id == delivery.part_id, Case.status == CaseStatus.CLOSED, Case.id > after)
                .order_by(Case.id)
                .limit(BATCH)
            ).all()
            changed = _changed_since(session, cases, delivery.part.created_at or delivery.part.finished_at)
            archived = sum(archiving.archive(session, actor, case, to) for case in cases if case.id not in changed)
            delivery.archived_count += archived
            if len(cases) < BATCH:
                _finish(session, actor, delivery)
                return archived, None
            return archived, cases[-1].id


_TO_DO = (
    PackageDelivery.state.in_((DeliveryState.CONFIRMED, DeliveryState.REPLACED)),
    PackageDelivery.archives_cases,
    PackageDelivery.archived_at.is_(None),
)


_CHANGES = (
    "case.reopened", "case.corrected", "case.note_added", "case.note_corrected", "case.decision_recorded",
    "case.record_moved_away", "case.record_moved_here", "record.registered", "record.corrected",
    "record.cancelled", "record.documents_added", "record.moved", "record.moved_here",
)  # fmt: skip
"""After these the register holds something else than the package: what is archived would be an older state."""


def _changed_since(session: Session, cases: Sequence[Case], made: dt.datetime | None) -> set[int]:
    """Those of the cases that were changed after the package was made. Some statements for each batch."""
    by_uid = {str(case.uid): case.id for case in cases}
    records = select(Record.uid, Record.case_id).where(Record.case_id.in_(by_uid.values()))
    by_uid |= {str(uid): case_id for uid, case_id in session.execute(records)}
    wanted = list(by_uid)
    events = select(AuditEvent.entity_uid).where(AuditEvent.action.in_(_CHANGES))
    if made is not None:
        events = events.where(AuditEvent.at > made)
    found: set[int] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = events.where(AuditEvent.entity_uid.in_(wanted[start : start + _AT_ONCE]))
        found.update(by_uid[uid] for uid in session.scalars(some))
    return found


def _finish(session: Session, actor: Actor, delivery: PackageDelivery) -> None:
    session.flush()
    delivery.archived_at = now()
    delivery.left_count = (
        session.scalar(
            select(func.count())
            .select_from(ExportItem)
            .join(Case, Case.id == ExportItem.case_id)
            .where(ExportItem.part_id == delivery.part_id, Case.status != CaseStatus.ARCHIVED)
        )
        or 0
    )
    words = [ngettext("%(num)s ärende arkiverades.", "%(num)s ärenden arkiverades.", delivery.archived_count)]
    if delivery.left_count:
        words.append(
            ngettext(
                "%(num)s ärende har öppnats eller ändrats sedan paketet gjordes och lämnades som det är. Gör ett "
                "nytt uttag av det.",
                "%(num)s ärenden har öppnats eller ändrats sedan paketet gjordes och lämnades som de är. Gör ett "
                "nytt uttag av dem.",
                delivery.left_count,
            )
        )
    facts = {"archived": delivery.archived_count, "left": delivery.left_count}
    note(session, actor, delivery, DeliveryStep.CASES_ARCHIVED, text=" ".join(words), facts=facts)


def _who_confirmed(session: Session, delivery: PackageDelivery) -> Actor:
    """The archivist who entered the receiver's answer: the cases' history names a person, not the system."""
    receipt = session.scalar(
        select(PackageReceipt)
        .where(
            PackageReceipt.delivery_id == delivery.id,
            PackageReceipt.state == ReceiptState.ENTERED,
            PackageReceipt.outcome == ReceiptOutcome.ACCEPTED,
        )
        .order_by(PackageReceipt.id.desc())
        .limit(1)
    )
    if receipt is None or receipt.settled_by_name is None:
        return SYSTEM
    return Actor(user_id=receipt.settled_by_id, name=receipt.settled_by_name, is_system=True)
