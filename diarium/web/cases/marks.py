"""Markings of a whole case."""

from __future__ import annotations

import uuid

from flask import url_for
from sqlalchemy.orm import Session

from diarium.identity.permissions import Permission
from diarium.register import lookup
from diarium.register.models import Case
from diarium.web import context
from diarium.web.cases import frame, views
from diarium.web.cases.frame import blueprint
from diarium.web.marking_pages import Heading, Marked, add_to


def _find(session: Session, uid: uuid.UUID) -> Case:
    return lookup.case_by_uid(session, context.actor(), uid)


def _heading(session: Session, uid: uuid.UUID) -> Heading:
    case, front = frame.open_case(session, uid)
    context.actor().require(Permission.MARK, case.authority.code)
    frame.note(front)
    number = front.view.number
    return Heading(number, front.view.title, [(number, url_for("cases.details", uid=uid))])


add_to(blueprint, Marked("arende", _find, views.show, _heading))
