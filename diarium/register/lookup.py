"""Finds what a command names: authority, series, case, unit, officer, class. Each error names the field."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from diarium.classification.models import Classification, ClassificationScheme
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.register import numbering
from diarium.register.errors import CaseNotFound, InvalidFact, RecordNotFound
from diarium.register.models import Authority, Case, DiarySeries, Record, Unit
from diarium.secrecy import access


def authority(session: Session, code: str) -> Authority:
    """The authority with `code`. Raises: InvalidFact."""
    found = session.scalar(select(Authority).where(Authority.code == code.strip().upper()))
    if found is None:
        raise InvalidFact(_("Det finns ingen myndighet med koden ”%(code)s”.", code=code), field="authority")
    return found


def series(session: Session, owner: Authority, code: str | None) -> DiarySeries:
    """The authority's series with `code`, by default its first active one. Raises: InvalidFact."""
    day = today()
    query = select(DiarySeries).where(
        DiarySeries.authority_id == owner.id,
        DiarySeries.is_active,
        or_(DiarySeries.opens_on.is_(None), DiarySeries.opens_on <= day),
        or_(DiarySeries.closes_on.is_(None), DiarySeries.closes_on >= day),
    )
    if code:
        query = query.where(DiarySeries.code == code.strip().upper())
    found = session.scalar(query.order_by(DiarySeries.id).limit(1))
    if found is None:
        raise InvalidFact(
            _("%(name)s har ingen öppen diarieserie ”%(code)s”.", name=owner.name, code=code or ""),
            field="series",
        )
    return found


def case_by_number(session: Session, actor: Actor, text: str, *, authority_code: str | None = None) -> Case:
    """The case that somebody means by `text`, however they wrote it, among those that the actor may know of.

    Raises: CaseNotFound if there is none; InvalidFact if several fit and the series must be written.
    """
    readable = actor.authorities(Permission.READ)
    query = select(Case).join(Case.authority).join(Case.series)
    if not actor.is_system:
        query = query.where(Authority.code.in_(readable))
    if authority_code:
        query = query.where(Authority.code == authority_code.strip().upper())
    exact = session.scalars(query.where(Case.number_text == text.strip())).all()
    found = exact or _by_reading(session, query, text)
    if not found:
        raise CaseNotFound(_("Det finns inget ärende med numret ”%(text)s”.", text=text), field="case")
    if len(found) > 1:
        numbers = ", ".join(case.number_text for case in found[:5])
        raise InvalidFact(
            _("Flera ärenden passar ”%(text)s”: %(numbers)s. Skriv hela numret.", text=text, numbers=numbers),
            field="case",
        )
    return found[0]


def case_by_uid(session: Session, actor: Actor, uid: uuid.UUID, permission: Permission = Permission.READ) -> Case:
    """The case with `uid`. Raises: CaseNotFound also where the actor may not read its authority."""
    case = session.scalar(select(Case).where(Case.uid == uid))
    if case is None or not actor.may(Permission.READ, case.authority.code):
        raise CaseNotFound(_("Ärendet finns inte."))
    actor.require(permission, case.authority.code)
    return case


def record_by_uid(
    session: Session, actor: Actor, uid: uuid.UUID, permission: Permission = Permission.READ
) -> Record:
    """The record with `uid`. Raises: RecordNotFound also where the actor may not read its authority."""
    record = session.scalar(select(Record).where(Record.uid == uid))
    if record is None or not actor.may(Permission.READ, record.case.authority.code):
        raise RecordNotFound(_("Handlingen finns inte."))
    actor.require(permission, record.case.authority.code)
    return record


def case_to_read(session: Session, actor: Actor, uid: uuid.UUID) -> Case:
    """The case with `uid`, for pages that only show: also one that another authority shows to the actor's.

    Raises: CaseNotFound.
    """
    case = session.scalar(select(Case).where(Case.uid == uid))
    if case is None or not access.may_read(actor, case.authority.code, case.id):
        raise CaseNotFound(_("Ärendet finns inte."))
    return case


def record_to_read(session: Session, actor: Actor, uid: uuid.UUID) -> Record:
    """The record with `uid`, for pages that only show: also of a case that another authority shows.

    Raises: RecordNotFound.
    """
    record = session.scalar(select(Record).where(Record.uid == uid))
    if record is None or not access.may_read(actor, record.case.authority.code, record.case_id):
        raise RecordNotFound(_("Handlingen finns inte."))
    return record


def unit(session: Session, owner: Authority, name: str | None) -> Unit | None:
    """The authority's unit with `name`, or nothing. Raises: InvalidFact, also where it has been retired."""
    if not name or not name.strip():
        return None
    found = session.scalar(
        select(Unit).where(Unit.authority_id == owner.id, Unit.name == name.strip(), Unit.is_active)
    )
    if found is None:
        raise InvalidFact(_("%(owner)s har ingen enhet ”%(name)s”.", owner=owner.name, name=name), field="unit")
    return found


def officer(session: Session, owner: Authority, username: str | None) -> User | None:
    """The active user with `username` who works at `owner`, or nothing. Raises: InvalidFact.

    Whoever is responsible sees what is marked, so it can't be somebody of another authority (OSL 8 kap. 1 §).
    """
    if not username or not username.strip():
        return None
    at_owner = select(Membership.user_id).where(Membership.authority_code == owner.code)
    found = session.scalar(
        select(User).where(User.username == username.strip(), User.is_active, User.id.in_(at_owner))
    )
    if found is None:
        raise InvalidFact(
            _("%(owner)s har ingen användare ”%(name)s”.", owner=owner.name, name=username), field="responsible"
        )
    return found


def classification(session: Session, code: str | None) -> Classification | None:
    """The class with `code` in the scheme in force today, or nothing. Raises: InvalidFact."""
    if not code or not code.strip():
        return None
    day = today()
    found = session.scalar(
        select(Classification)
        .join(ClassificationScheme)
        .where(Classification.code == code.strip(), ClassificationScheme.valid_from <= day)
        .where(or_(ClassificationScheme.valid_to.is_(None), ClassificationScheme.valid_to >= day))
        .order_by(ClassificationScheme.valid_from.desc())
        .limit(1)
    )
    if found is None:
        raise InvalidFact(
            _("Klassen ”%(code)s” finns inte i den klassificeringsstruktur som gäller.", code=code),
            field="classification",
        )
    return found


def _by_reading(session: Session, query: Select[Case], text: str) -> list[Case]:
    for parts in numbering.read(text):
        narrowed = query.where(Case.year == parts.year, Case.number == parts.number)
        if parts.series:
            narrowed = narrowed.where(DiarySeries.code == parts.series)
        found: list[Case] = list(session.scalars(narrowed.limit(6)).all())
        if found:
            return found
    return []
