"""A consumer of the change feed: what webhooks are to be told is put in their queues."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from diarium.changes.models import Change
from diarium.classification.models import PublishingRule
from diarium.db.engine import Database
from diarium.register.models import Case, Record
from diarium.webhooks.models import Webhook, WebhookDelivery
from diarium.webhooks.vocabulary import EventKind

CONSUMER = "webhooks"
_KINDS = frozenset(kind.value for kind in EventKind)


@dataclass(frozen=True, slots=True)
class WebhookQueue:
    """Queues one delivery for each change and webhook that asked for it, however often the change comes.

    What of the register no web page tells of at all (its class is kept out) is told to no webhook either.
    """

    database: Database
    name: str = CONSUMER

    def handle(self, changes: Sequence[Change]) -> None:
        """Queues what is to be told of `changes`."""
        wanted = [change for change in changes if change.kind in _KINDS]
        if not wanted:
            return
        with self.database.unit_of_work() as session:
            webhooks = session.scalars(select(Webhook).where(Webhook.is_active)).all()
            if webhooks:
                session.add_all(_deliveries(session, wanted, webhooks))


def _deliveries(
    session: Session, changes: Sequence[Change], webhooks: Sequence[Webhook]
) -> Iterator[WebhookDelivery]:
    facts = _facts(session, changes)
    numbers = [change.id for change in changes]
    query = select(WebhookDelivery.webhook_id, WebhookDelivery.change_id)
    queued = {tuple(row) for row in session.execute(query.where(WebhookDelivery.change_id.in_(numbers)))}
    for change in changes:
        told = facts.get(change.entity_uid)
        if told is None:
            continue
        for webhook in webhooks:
            is_asked_for = change.kind in webhook.kinds.split() and webhook.authority_code == told["authority"]
            if is_asked_for and change.at >= webhook.created_at and (webhook.id, change.id) not in queued:
                yield WebhookDelivery(
                    webhook_id=webhook.id,
                    change_id=change.id,
                    kind=change.kind,
                    facts=dict(told),
                    occurred_at=change.at,
                )


def _facts(session: Session, changes: Sequence[Change]) -> Mapping[uuid.UUID, Mapping[str, object]]:
    """Identifiers and numbers of what the changes are about; never a title, a name or anything that is marked."""
    uids = {
        kind: {change.entity_uid for change in changes if change.entity_type == kind}
        for kind in ("case", "record")
    }
    loads = (joinedload(Case.authority), joinedload(Case.classification))
    found: dict[uuid.UUID, Mapping[str, object]] = {}
    for case in session.scalars(select(Case).where(Case.uid.in_(uids["case"])).options(*loads)):
        if _is_told(case):
            found[case.uid] = _of_case(case)
    query = select(Record).where(Record.uid.in_(uids["record"])).options(joinedload(Record.case).options(*loads))
    for record in session.scalars(query):
        if _is_told(record.case):
            own = {"uid": str(record.uid), "number": record.number_text}
            found[record.uid] = {**_of_case(record.case), "record": own}
    return found


def _of_case(case: Case) -> dict[str, object]:
    return {"authority": case.authority.code, "case": {"uid": str(case.uid), "number": case.number_text}}


def _is_told(case: Case) -> bool:
    return case.classification is None or case.classification.publishing is not PublishingRule.NOTHING
