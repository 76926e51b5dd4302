"""Changing facts that somebody saw on a page: nothing is overwritten unseen, and the event tells old and new.

What a thing says is a mapping of plain facts. The page carries the fingerprint of what it showed; the use case
compares it with what stands there now. So a change in between is found, whoever made it and however.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.errors import Conflict
from diarium.i18n import gettext as _

Facts = Mapping[str, object]


class Stale(Conflict):
    """Somebody changed the thing after the page was shown. `field` is empty: it concerns the whole form."""


def fingerprint(facts: Facts) -> str:
    """What tells these facts from any others."""
    text = json.dumps(audit.plain(facts), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def require_seen(facts: Facts, seen: str) -> None:
    """Raises: Stale unless `seen` is the fingerprint of `facts` as they are now."""
    if fingerprint(facts) != seen:
        raise Stale(_("Någon annan har ändrat uppgifterna sedan du öppnade sidan. Läs igenom och spara igen."))


def note(
    session: Session,
    actor: audit.Who,
    action: str,
    subject: audit.Subject,
    before: Facts,
    after: Facts,
    reason: str | None = None,
) -> frozenset[str]:
    """Writes an event with the facts that differ and returns their names; writes none where nothing differs."""
    changed = [name for name, value in after.items() if before.get(name) != value]
    if changed:
        old, new = ({name: facts.get(name) for name in changed} for facts in (before, after))
        audit.write(session, actor, action, subject, before=old, after=new, reason=reason)
    return frozenset(changed)
