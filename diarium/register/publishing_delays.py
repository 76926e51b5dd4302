"""How long the web register waits with what was registered: for an authority, and for a class that differs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import revision
from diarium.changes import feed
from diarium.classification import authorising, editing, queries
from diarium.classification.models import Classification, ClassificationScheme
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register.administration import authorities
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority
from diarium.register.models.publishing import MAX_PUBLISH_DELAY


@dataclass(frozen=True, slots=True)
class ClassDelay:
    """A class whose cases wait otherwise than their authority has it."""

    uid: uuid.UUID
    code: str
    title: str
    version: str
    days: int


def set_for_authority(session: Session, actor: Actor, code: str, days: int, *, seen: str) -> Authority:
    """Lets the authority's register wait `days` working days; `seen`: fingerprint of `facts_of_authority`.

    The open register follows case by case: what was registered lately and shown already waits too.
    Raises: NotFound; InvalidFact; Stale.
    """
    authority = authorities.administered(session, actor, code, lock=True)
    before = facts_of_authority(authority)
    revision.require_seen(before, seen)
    authority.publish_after_days = _checked(days)
    after = facts_of_authority(authority)
    if revision.note(
        session, actor, "authority.publishing_changed", authorities.subject(authority), before, after
    ):
        feed.publish(session, "authority", authority.uid, "authority.publishing_changed")
    return authority


def set_for_class(
    session: Session, actor: Actor, uid: uuid.UUID, days: int | None, *, seen: str
) -> Classification:
    """Lets cases of the class wait `days` working days, or as long as their authority has it.

    Any administrator may lengthen what the class says; all else takes one of every authority, as the class is all
    authorities'. Raises: NotAllowed; NeedsEveryAuthority; UnknownClass; InvalidFact; Stale.
    """
    item = queries.class_by_uid(session, uid)
    session.refresh(item, with_for_update=True)
    before = facts_of_class(item)
    revision.require_seen(before, seen)
    old = item.publish_after_days
    if days is None or old is None or days < old:
        authorising.require_all(session, actor, "days")
    item.publish_after_days = None if days is None else _checked(days)
    after = facts_of_class(item)
    if revision.note(session, actor, "classification.publishing_changed", editing.subject(item), before, after):
        feed.publish(session, "classification", item.uid, "classification.publishing_changed")
    return item


def facts_of_authority(authority: Authority) -> dict[str, object]:
    """What `set_for_authority` changes."""
    return {"publish_after_days": authority.publish_after_days}


def facts_of_class(item: Classification) -> dict[str, object]:
    """What `set_for_class` changes."""
    return {"publish_after_days": item.publish_after_days}


def administered(session: Session, actor: Actor) -> list[Authority]:
    """The authorities that the actor administers, by name."""
    query = select(Authority).where(Authority.code.in_(actor.authorities(Permission.ADMINISTER)))
    return list(session.scalars(query.order_by(Authority.name)))


def of_classes(session: Session) -> tuple[ClassDelay, ...]:
    """The classes that wait otherwise than their authority has it, newest version first."""
    query = (
        select(Classification, ClassificationScheme.version)
        .join(Classification.scheme)
        .where(Classification.publish_after_days.is_not(None))
        .order_by(ClassificationScheme.valid_from.desc(), Classification.sort_key)
    )
    return tuple(
        ClassDelay(item.uid, item.code, item.title, version, item.publish_after_days or 0)
        for item, version in session.execute(query)
    )


def _checked(days: int) -> int:
    if not 0 <= days <= MAX_PUBLISH_DELAY:
        raise InvalidFact(
            _("Ange ett antal arbetsdagar från 0 till %(most)s.", most=MAX_PUBLISH_DELAY), field="days"
        )
    return days
