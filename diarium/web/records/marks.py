"""Markings of a record."""

from __future__ import annotations

import uuid

from flask import url_for
from sqlalchemy.orm import Session

from diarium.identity.permissions import Permission
from diarium.register import lookup, queries
from diarium.register.models import Record
from diarium.web import context, reading
from diarium.web.marking_pages import Heading, Marked, add_to
from diarium.web.records import views
from diarium.web.records.views import blueprint


def _find(session: Session, uid: uuid.UUID) -> Record:
    return lookup.record_by_uid(session, context.actor(), uid)


def _heading(session: Session, uid: uuid.UUID) -> Heading:
    record = lookup.record_by_uid(session, context.actor(), uid, Permission.MARK)
    view = queries.record_view(context.actor(), record)
    reading.note(record)
    above = (view.case_number, url_for("cases.details", uid=view.case_uid))
    return Heading(view.number, view.title, [above, (view.number, url_for("records.details", uid=uid))])


add_to(blueprint, Marked("handling", _find, views.show, _heading))
