"""What the public's letters do to subscriptions. Whoever writes is never told what is there already.

None of it changes the register, so none of it stands in the log of events: it would only keep addresses there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.letterbox.letters import Confirm, Follow, Unfollow
from diarium.subscriptions.models import Subscription, beginning_of_day, written
from diarium.subscriptions.tokens import Purpose, TokenMaker, hash_of

TIME_TO_CONFIRM = dt.timedelta(days=3)
ASKED_AGAIN_AFTER = dt.timedelta(days=1)
MOST_QUESTIONS = 3
MOST_OF_ADDRESS = 20
MOST_UNCONFIRMED = 5


@dataclass(frozen=True, slots=True)
class FollowDesk:
    """Handles letters about following."""

    tokens: TokenMaker

    def follow(self, session: Session, letter: Follow) -> None:
        """Notes that somebody may want to follow; the question whether they do is sent by `mailing`.

        An address that has too many subscriptions, or too many open questions, gets no more: others must not be
        able to fill somebody's mailbox.
        """
        email, target = letter.email.casefold(), written(letter.target)
        key = hashlib.sha256(json.dumps(target, sort_keys=True).encode()).hexdigest()
        known = session.scalar(
            select(Subscription)
            .where(Subscription.email == email, Subscription.target_key == key)
            .with_for_update()
        )
        if known is not None:
            _ask_again(known, letter.language)
        elif _has_room(session, email):
            moment, uid = now(), uuid.uuid4()
            session.add(
                Subscription(
                    uid=uid,
                    email=email,
                    target=target,
                    target_key=key,
                    language=letter.language,
                    token_hash=hash_of(self.tokens.token(uid, Purpose.UNFOLLOW)),
                    confirm_hash=hash_of(self.tokens.token(uid, Purpose.CONFIRM)),
                    created_at=moment,
                    expires_at=moment + TIME_TO_CONFIRM,
                    seen_to=moment,
                )
            )

    def confirm(self, session: Session, letter: Confirm) -> None:
        """Begins a subscription; nothing happens for a token that is spent, too old or unknown."""
        found = session.scalar(
            select(Subscription).where(Subscription.confirm_hash == hash_of(letter.token)).with_for_update()
        )
        if found is not None and found.expires_at is not None and found.expires_at > now():
            found.confirmed_at = now()
            found.seen_to = beginning_of_day(found.confirmed_at)
            found.confirm_hash = found.expires_at = None
            found.next_try_at, found.failures = None, 0

    def unfollow(self, session: Session, letter: Unfollow) -> None:
        """Erases a subscription at once; nothing happens for an unknown token."""
        session.execute(delete(Subscription).where(Subscription.token_hash == hash_of(letter.token)))


def _ask_again(known: Subscription, language: str) -> None:
    """The first question may have been lost; but nobody gets it more than a few times."""
    if known.confirmed_at is not None or known.asked_at is None or known.ask_count >= MOST_QUESTIONS:
        return
    if known.asked_at < now() - ASKED_AGAIN_AFTER:
        known.asked_at, known.language, known.expires_at = None, language, now() + TIME_TO_CONFIRM


def _has_room(session: Session, email: str) -> bool:
    total, open_questions = session.execute(
        select(func.count(), func.count().filter(Subscription.confirmed_at.is_(None))).where(
            Subscription.email == email
        )
    ).one()
    return int(total) < MOST_OF_ADDRESS and int(open_questions) < MOST_UNCONFIRMED
