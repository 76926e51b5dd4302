"""Sends what waits for webhooks: signed, with time-outs, again and again for some three days, then parked."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from diarium import __version__
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.webhooks import guard, signing
from diarium.webhooks.deadline import Deadline
from diarium.webhooks.guard import AddressPolicy, LookUp
from diarium.webhooks.models import Webhook, WebhookDelivery
from diarium.webhooks.vocabulary import DeliveryState

log = structlog.get_logger()
WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds from one try to the next: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h. Source: Standard Webhooks."""
AT_A_TIME = 20
ROUND_SECONDS = 30.0
LEASE = dt.timedelta(minutes=10)
PASSED_OVER = dt.timedelta(minutes=1)
KEPT_DELIVERED = dt.timedelta(days=30)
KEPT_PARKED = dt.timedelta(days=180)
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LONGEST_TRY = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: `status` is what the address answered, `error` why that does not count as delivered."""

    status: int | None
    error: str | None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver said that it has it."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class WebhookRound:
    """Sends what is due. `key` makes the secrets; `policy` says where deliveries may go.

    `longest`: the seconds after which a try ends, however eagerly the address goes on answering.
    """

    database: Database
    key: bytes
    policy: AddressPolicy
    look_up: LookUp | None = None
    name: str = "webhooks"
    every: float = 5.0
    longest: float = LONGEST_TRY
    _client: httpx.Client = field(default_factory=lambda: _new_client())

    def run(self) -> int:
        """Sends until nothing is due or the round has lasted long enough; returns how many were delivered."""
        delivered, end = 0, time.monotonic() + ROUND_SECONDS
        while time.monotonic() < end:
            batch = self._claim()
            delivered += self._send_all(batch)
            if len(batch) < AT_A_TIME:
                break
        return delivered

    def _claim(self) -> Sequence[WebhookDelivery]:
        """Takes what is due, for itself alone until the lease ends."""
        with self.database.unit_of_work() as session:
            query = (
                select(WebhookDelivery)
                .join(WebhookDelivery.webhook)
                .where(WebhookDelivery.state == DeliveryState.WAITING, WebhookDelivery.next_try_at <= now())
                .where(Webhook.is_active)
                .options(joinedload(WebhookDelivery.webhook))
                .order_by(WebhookDelivery.next_try_at, WebhookDelivery.id)
                .limit(AT_A_TIME)
                .with_for_update(of=WebhookDelivery, skip_locked=True)
            )
            found = session.scalars(query).all()
            for delivery in found:
                delivery.next_try_at = now() + LEASE
        return found

    def _send_all(self, batch: Sequence[WebhookDelivery]) -> int:
        failing: set[int] = set()
        delivered = 0
        for delivery in batch:
            if delivery.webhook_id in failing:
                self._pass_over(delivery)
                continue
            outcome = self._send(delivery)
            self._note(delivery, outcome)
            if outcome.is_delivered:
                delivered += 1
            else:
                failing.add(delivery.webhook_id)
        return delivered

    def _send(self, delivery: WebhookDelivery) -> Outcome:
        body = body_of(delivery)
        secret = signing.secret_of(self.key, delivery.webhook)
        deadline = Deadline(self.longest)
        try:
            target = guard.resolve(delivery.webhook.url, self.policy, self.look_up)
            request = self._client.build_request(
                "POST",
                target.url,
                content=body,
                headers={
                    "Host": target.host_header,
                    "Content-Type": "application/json",
                    "User-Agent": f"diarium/{__version__}",
                    **signing.signed_headers(secret, delivery.uid, now(), body),
                },
                extensions={"trace": deadline.trace}
                | ({"sni_hostname": target.host} if target.is_encrypted else {}),
            )
            with deadline:
                # The answer's content is never read: it can be anything, of any length.
                answer = self._client.send(request, stream=True)
                answer.close()
        except DomainError as error:
            return Outcome(None, error.message)
        except httpx.TimeoutException:
            return Outcome(None, _("Adressen svarade inte i tid."))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            if deadline.is_over:
                return Outcome(None, _("Adressen svarade inte i tid."))
            return Outcome(None, _("Det gick inte att ansluta: %(error)s.", error=type(error).__name__))
        if 200 <= answer.status_code < 300:
            return Outcome(answer.status_code, None)
        return Outcome(answer.status_code, _("Adressen svarade med status %(status)s.", status=answer.status_code))

    def _note(self, delivery: WebhookDelivery, outcome: Outcome) -> None:
        with self.database.unit_of_work() as session:
            row = session.get(WebhookDelivery, delivery.id, with_for_update=True)
            if row is None or row.state is not DeliveryState.WAITING:
                return
            moment = now()
            row.attempts += 1
            row.last_tried_at, row.last_status = moment, outcome.status
            row.last_error = outcome.error[:300] if outcome.error else None
            if outcome.is_delivered:
                row.state, row.delivered_at = DeliveryState.DELIVERED, moment
            elif row.attempts > len(WAITS):
                row.state = DeliveryState.PARKED
                log.error("webhook delivery given up", delivery=str(row.uid), status=outcome.status)
            else:
                row.next_try_at = moment + dt.timedelta(seconds=WAITS[row.attempts - 1])

    def _pass_over(self, delivery: WebhookDelivery) -> None:
        """Leaves the rest for an address that fails to a later round, so that others need not wait for it."""
        with self.database.unit_of_work() as session:
            session.execute(
                update(WebhookDelivery)
                .where(WebhookDelivery.id == delivery.id, WebhookDelivery.state == DeliveryState.WAITING)
                .values(next_try_at=now() + PASSED_OVER)
            )


@dataclass(frozen=True, slots=True)
class DeliveryCleaner:
    """Removes deliveries that nobody will ask for any more."""

    database: Database
    name: str = "webhook deliveries"
    every: float = 3600.0

    def run(self) -> int:
        """Removes them; returns how many."""
        removed = 0
        for state, kept in ((DeliveryState.DELIVERED, KEPT_DELIVERED), (DeliveryState.PARKED, KEPT_PARKED)):
            with self.database.unit_of_work() as session:
                query = delete(WebhookDelivery).where(WebhookDelivery.state == state)
                old = query.where(WebhookDelivery.last_tried_at < now() - kept)
                removed += len(session.scalars(old.returning(WebhookDelivery.id)).all())
        return removed


def _new_client() -> httpx.Client:
    return httpx.Client(
        timeout=_TIMEOUT,
        # No proxy and no redirect: both would lead elsewhere than where the address was judged to lead.
        trust_env=False,
        follow_redirects=False,
        # Each try has a connection of its own: one to the same address may have been made to another name, whose
        # certificate says nothing of this one.
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def body_of(delivery: WebhookDelivery) -> bytes:
    """What is sent. The same bytes each time, so that a receiver can tell a repetition."""
    moment = delivery.occurred_at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    content = {"type": delivery.kind, "timestamp": moment, "data": delivery.facts}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
