"""How many cases the classes of a scheme have: what a change of a class concerns."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.classification.models import Classification, ClassificationScheme
from diarium.identity import service as identity
from diarium.identity.permissions import Actor
from diarium.register.models import Case


def cases_by_class(session: Session, actor: Actor, scheme: ClassificationScheme) -> dict[uuid.UUID, int]:
    """The number of cases of each class of the version that has any. Raises: NotAllowed."""
    identity.require_administrator(actor)
    rows = session.execute(
        select(Classification.uid, func.count())
        .join(Case, Case.classification_id == Classification.id)
        .where(Classification.scheme_id == scheme.id)
        .group_by(Classification.uid)
    )
    return dict(rows.all())


def cases_of(session: Session, actor: Actor, item: Classification, *, below: bool = False) -> int:
    """The number of cases of the class, with `below` also of the classes below it. Raises: NotAllowed."""
    identity.require_administrator(actor)
    query = select(func.count()).select_from(Case)
    if below:
        classes = select(Classification.id).where(
            Classification.scheme_id == item.scheme_id,
            Classification.sort_key.startswith(f"{item.sort_key}.", autoescape=True)
            | (Classification.id == item.id),
        )
        query = query.where(Case.classification_id.in_(classes))
    else:
        query = query.where(Case.classification_id == item.id)
    return session.scalar(query) or 0
