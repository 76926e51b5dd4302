"""The blueprint of all pages about secrecy, and what they are about: a case or a record."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.identity.permissions import Permission
from diarium.register import lookup, work_views
from diarium.register.models import Case, Record
from diarium.register.views import case_view, sight_of
from diarium.web import context, reading

blueprint = Blueprint("secrecy", __name__, url_prefix="/intern")


@dataclass(frozen=True, slots=True)
class Kind:
    """A case or a record in addresses. `name` begins the endpoints, `room` is the blueprint of its own page."""

    name: str
    path: str
    room: str
    find: Callable[[Session, uuid.UUID], Case | Record]

    def page_of(self, uid: uuid.UUID) -> str:
        """The address of the case's or record's own page."""
        return url_for(f"{self.room}.details", uid=uid)

    def url(self, endpoint: str, **values: object) -> str:
        """The address of one of the pages about it."""
        return url_for(f"secrecy.{self.name}_{endpoint}", **values)  # type: ignore[arg-type]


def _case(session: Session, uid: uuid.UUID) -> Case:
    return lookup.case_by_uid(session, context.actor(), uid)


def _record(session: Session, uid: uuid.UUID) -> Record:
    return lookup.record_by_uid(session, context.actor(), uid)


CASE = Kind("case", "arende", "cases", _case)
RECORD = Kind("record", "handling", "records", _record)
KINDS = (CASE, RECORD)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a page is about; `title` is None where it is hidden. `trail`: (text, address) of the pages above."""

    uid: uuid.UUID
    number: str
    title: str | None
    trail: list[tuple[str, str]]


def heading_of(session: Session, kind: Kind, target: Case | Record) -> Heading:
    """What a page about `target` says it is about; that the actor looked is noted.

    Constant number of statements.
    """
    if isinstance(target, Record):
        reading.note(target)
    elif work_views.eyes(session, context.actor(), target).needs_note:
        reading.note_case(case_view(context.actor(), target))
    case = target if isinstance(target, Case) else target.case
    trail = [(case.number_text, url_for("cases.details", uid=case.uid))]
    if isinstance(target, Record):
        trail.append((target.number_text, kind.page_of(target.uid)))
    title = target.title if sight_of(context.actor(), target).title else None
    return Heading(target.uid, target.number_text, title, trail)


def add_rule(
    kind: Kind,
    path: str,
    endpoint: str,
    view: Callable[..., ResponseReturnValue],
    methods: list[str],
    *permissions: Permission,
) -> None:
    """Adds `path` below the case's or record's address."""
    guarded = context.staff(*permissions)(view)
    blueprint.add_url_rule(f"/{kind.path}/<uuid:uid>/{path}", f"{kind.name}_{endpoint}", guarded, methods=methods)
