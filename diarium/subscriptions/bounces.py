"""Reports that an e-mail to a follower did not arrive: they come in as messages, like any other report."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.correspondence import receipts
from diarium.i18n import gettext as _
from diarium.subscriptions.mailing import MOST_FAILURES
from diarium.subscriptions.models import Subscription
from diarium.subscriptions.tokens import hash_of

# Each e-mail that leaves takes one off, so that a mailbox that was full for a day is forgotten.
BOUNCE_WEIGHT = 3
# In the returned head, where no line is folded and nothing is encoded.
_TOKEN = re.compile(rb"^List-Unsubscribe: <[^>\s]{1,300}/folj/avsluta\?t=([A-Za-z0-9_-]{20,64})", re.MULTILINE)


def note_bounce(session: Session, content: bytes) -> str | None:
    """Enters a delivery report on an e-mail to a follower; says what it is about, nothing if it is about no such.

    Whoever knows the token could end the subscription anyhow, so that a forged report can do no more.
    """
    report = receipts.read(content)
    token = _TOKEN.search(content.replace(b"\r\n", b"\n")) if report is not None else None
    if report is None or token is None:
        return None
    found = session.scalar(
        select(Subscription).where(Subscription.token_hash == hash_of(token[1].decode())).with_for_update()
    )
    if found is not None and any(told.action == "failed" for told in report.recipients):
        found.failures += BOUNCE_WEIGHT
        if found.confirmed_at is None or found.failures >= MOST_FAILURES:
            session.delete(found)
    return _("Rapport om ett brev till någon som följer diariet. Programmet har noterat den: avsluta utan åtgärd.")
