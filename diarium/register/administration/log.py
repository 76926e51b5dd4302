"""The log of administration: who changed what of authorities, users, series, schemes and so on, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, and_, cast, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from diarium.audit.models import AuditEvent
from diarium.i18n import lazy_gettext as _l
from diarium.identity import directory
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission


class LogKind(StrEnum):
    """What the log is about, as its filter offers it."""

    AUTHORITY = "authority"
    UNIT = "unit"
    SERIES = "series"
    USER = "user"
    TOKEN = "token"  # noqa: S105 (a kind of thing, no secret)
    SCHEME = "scheme"
    CLASSIFICATION = "classification"
    RECORD_TYPE = "record_type"
    RETENTION_RULE = "retention_rule"
    PROVISION = "provision"
    MAILBOX = "mailbox"
    SCAN_FOLDER = "scan_folder"
    SET_UP = "set_up"
    WEBHOOK = "webhook"


KIND_LABELS: Mapping[LogKind, str] = {
    LogKind.AUTHORITY: _l("Myndigheter"),
    LogKind.UNIT: _l("Enheter"),
    LogKind.SERIES: _l("Diarieserier"),
    LogKind.USER: _l("Användare"),
    LogKind.TOKEN: _l("Nycklar till gränssnittet"),
    LogKind.SCHEME: _l("Klassificeringsstrukturer"),
    LogKind.CLASSIFICATION: _l("Klasser"),
    LogKind.RECORD_TYPE: _l("Handlingstyper"),
    LogKind.RETENTION_RULE: _l("Bevarande och gallring"),
    LogKind.PROVISION: _l("Lagrum"),
    LogKind.MAILBOX: _l("Brevlådor"),
    LogKind.SCAN_FOLDER: _l("Inläsningsmappar"),
    LogKind.SET_UP: _l("Uppsättning och årsskifte"),
    LogKind.WEBHOOK: _l("Webhookar"),
}
# Logging in is no change; it is seen in the history of a user.
_NOT_CHANGES = (
    "user.logged_in",
    "user.login_failed",
    "user.login_refused",
    "user.session_ended",
    "user.confirmed",
)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which events the log shows. `person`: a part of the name of who did it."""

    kind: LogKind | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, newest first; `next_cursor` leads to what is older."""

    events: tuple[AuditEvent, ...]
    next_cursor: int | None


def page(
    session: Session, actor: Actor, wanted: LogFilter, *, cursor: int | None = None, size: int = 50
) -> LogPage:
    """The changes that the actor may know of: at their own authorities, and of what all have in common.

    One part over an index for each kind, so that the many events of cases are never read through.
    Raises: NotAllowed.
    """
    identity.require_administrator(actor)
    kinds = [wanted.kind] if wanted.kind is not None else list(LogKind)
    parts = [_newest(actor, kind, wanted, cursor, size + 1).subquery() for kind in kinds]
    joined = union_all(*(select(part) for part in parts)).subquery()
    event = aliased(AuditEvent, joined)
    found = session.scalars(select(event).order_by(event.id.desc()).limit(size + 1)).all()
    return LogPage(tuple(found[:size]), found[size - 1].id if len(found) > size else None)


def _newest(actor: Actor, kind: LogKind, wanted: LogFilter, cursor: int | None, limit: int) -> Select[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.entity_type == kind.value, _visible(actor, kind))
    if kind is LogKind.USER:
        query = query.where(AuditEvent.action.not_in(_NOT_CHANGES))
    if wanted.person.strip():
        query = query.where(AuditEvent.actor_name.icontains(wanted.person.strip(), autoescape=True))
    if cursor is not None:
        query = query.where(AuditEvent.id < cursor)
    return query.order_by(AuditEvent.id.desc()).limit(limit)


def _visible(actor: Actor, kind: LogKind) -> ColumnElement[bool]:
    if actor.is_system:
        return AuditEvent.id.is_not(None)
    of_all: ColumnElement[bool] = AuditEvent.authority_code.is_(None)
    if kind is LogKind.USER:
        known = select(_plain(cast(User.uid, String))).where(directory.visible_to(actor))
        of_all = and_(of_all, _plain(AuditEvent.entity_uid).in_(known))
    elif kind is LogKind.TOKEN:
        # A token's event names the user who it belongs to.
        named = func.coalesce(AuditEvent.after["username"].as_string(), AuditEvent.before["username"].as_string())
        of_all = and_(of_all, named.in_(select(User.username).where(directory.visible_to(actor))))
    return or_(of_all, AuditEvent.authority_code.in_(actor.authorities(Permission.ADMINISTER)))


def _plain(uid: SQLColumnExpression[str]) -> ColumnElement[str]:
    """An identifier without dashes: SQLite keeps one kind of column without them."""
    return func.replace(uid, "-", "")
