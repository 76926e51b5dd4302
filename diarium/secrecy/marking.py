"""Making and lifting markings. A marking is a reminder to review, not a decision (OSL 5 kap. 5 §)."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.secrecy.errors import NotInForce, UnknownProvision
from diarium.secrecy.models import Provision, Restriction, Scope

_SHORT = re.compile(
    r"^\s*(?:(?P<law>[A-ZÅÄÖ]{2,6})\s+)?(?P<chapter>\d{1,2})\s*:\s*(?P<paragraph>\d{1,3}\s?[a-z]?)\s*$"
)
_LONG = re.compile(
    r"^\s*(?:(?P<law>[A-ZÅÄÖ]{2,6})\s+)?(?P<chapter>\d{1,2})\s*kap\.?\s*(?P<paragraph>\d{1,3}\s?[a-z]?)\s*§\s*$"
)


def find_provision(session: Session, text: str) -> Provision:
    """The provision written as "26:1", "OSL 26:1" or "OSL 26 kap. 1 §". Raises: UnknownProvision."""
    if not text.strip():
        raise UnknownProvision(_("Ange lagrummet, till exempel 26:1 (OSL 5 kap. 5 §)."), field="provision")
    found = _SHORT.match(text) or _LONG.match(text)
    provision = None
    if found is not None:
        paragraph = re.sub(r"\s", "", found["paragraph"])
        candidates = session.scalars(
            select(Provision).where(
                Provision.law == (found["law"] or "OSL"),
                Provision.chapter == found["chapter"],
                or_(Provision.valid_to.is_(None), Provision.valid_to >= today()),
                or_(Provision.valid_from.is_(None), Provision.valid_from <= today()),
            )
        )
        provision = next((p for p in candidates if p.paragraph.replace(" ", "") == paragraph), None)
    if provision is None:
        raise UnknownProvision(
            _(
                "Lagrummet ”%(text)s” finns inte i tabellen. Skriv till exempel 26:1 eller OSL 26 kap. 1 §.",
                text=text,
            ),
            field="provision",
        )
    return provision


def new_restriction(
    session: Session,
    actor: Actor,
    authority_code: str,
    provision: str,
    scope: Scope,
    *,
    note: str | None = None,
    review_on: dt.date | None = None,
    document_id: int | None = None,
) -> Restriction:
    """A marking with what OSL 5 kap. 5 § demands: provision, date, authority. The caller binds it."""
    return Restriction(
        scope=scope,
        provision=find_provision(session, provision),
        made_on=today(),
        authority_code=authority_code,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        note=note,
        review_on=review_on,
        document_id=document_id,
    )


def lift(restriction: Restriction, actor: Actor, reason: str) -> None:
    """Ends a marking; the row stays. Raises: NotInForce if it was lifted before."""
    if not restriction.is_in_force:
        raise NotInForce(_("Markeringen är redan hävd."))
    restriction.lifted_at = now()
    restriction.lifted_by_name = actor.name
    restriction.lift_reason = reason
