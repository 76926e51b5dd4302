"""The state of the system for its administrator: no content of the register."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from diarium.changes import feed
from diarium.changes.models import ParkedChange
from diarium.i18n import show_time
from diarium.identity.models import User
from diarium.identity.permissions import ROLE_LABELS, Permission
from diarium.register.models import Authority
from diarium.web import context

blueprint = Blueprint("administration", __name__, url_prefix="/intern")
CONSUMERS = ("files", "search", "public", "export")


@blueprint.get("/administration")
@context.staff(Permission.ADMINISTER)
def overview() -> ResponseReturnValue:
    """Authorities, series, users and how far the background work has come."""
    with context.diarium().database.reading() as session:
        authorities = session.scalars(
            select(Authority)
            .options(selectinload(Authority.series), selectinload(Authority.units))
            .order_by(Authority.name)
        ).all()
        users = session.scalars(select(User).order_by(User.name)).all()
        lags = [feed.lag(session, consumer) for consumer in CONSUMERS]
        parked = session.scalars(select(ParkedChange).order_by(ParkedChange.id.desc()).limit(50)).all()
        parked_count = session.scalar(select(func.count()).select_from(ParkedChange)) or 0
    return context.page(
        "administration/overview.html",
        authorities=authorities,
        users=users,
        role_labels=ROLE_LABELS,
        lags=lags,
        parked=parked,
        parked_count=parked_count,
        indexed=context.diarium().index.document_count(),
        show_time=show_time,
    )
