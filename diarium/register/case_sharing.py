"""Showing a case to another authority, which is otherwise an outsider, and seeing what others show.

It is for reading only. What is marked comes along only on a ground that lifts the secrecy between authorities, and
then only for those who read what is marked there, and for those whom the case's own authority names.
Source: OSL 8 kap. 1–2 §§, 6 kap. 5 §, 10 kap.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.errors import NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal
from diarium.register.errors import StatusConflict
from diarium.register.models import Authority, Case
from diarium.register.rules import required_reason, short_text
from diarium.register.views import CaseView, case_view, place_of, require_insight
from diarium.secrecy import access, grants, sharing
from diarium.secrecy.errors import InvalidGrant
from diarium.secrecy.sharing import ShareFacts
from diarium.secrecy.work_models import CaseShare

PAGE_SIZE = 50
_MOST_GROUND = 200


@dataclass(frozen=True, slots=True)
class ShareView:
    """A share as the staff of the case's authority see it; `holds`: whether it opens anything today."""

    uid: uuid.UUID
    to_code: str
    to_name: str
    with_marked: bool
    legal_ground: str | None
    reason: str
    until: dt.date | None
    made_at: dt.datetime
    made_by: str
    holds: bool
    revoked_at: dt.datetime | None
    revoked_by: str | None
    revoke_reason: str | None


@dataclass(frozen=True, slots=True)
class SharedCase:
    """A case that another authority shows, and on what terms."""

    case: CaseView
    with_marked: bool
    until: dt.date | None
    shared_on: dt.datetime


@dataclass(frozen=True, slots=True)
class SharedPage:
    """Cases that others show, the newest share first; `older`: the cursor of the page after it."""

    cases: tuple[SharedCase, ...]
    older: int | None


def may_share(actor: Actor, case: Case) -> bool:
    """Whether the actor decides on sharing: a registrar or the case's officer, who sees all of it."""
    place = place_of(case)
    is_officer = actor.user_id is not None and actor.user_id == case.responsible_id
    decides = actor.may(Permission.CORRECT, place.authority) or (
        is_officer and actor.may(Permission.READ, place.authority)
    )
    return decides and access.needs_to_know(actor, place)


def share(session: Session, actor: Actor, case: Case, wanted: ShareFacts) -> CaseShare:
    """Shows the case to another authority from now on.

    Raises: NotAllowed; InvalidGrant with the field's name, also where the case has a closed circle and its marked
    parts were to be included; InvalidFact without a reason.
    """
    _require_decider(actor, case)
    reason = required_reason(wanted.reason)
    journal.lock(session, case, without_files=True)
    _require_decider(actor, case)
    other = _other(session, case, wanted.to_authority)
    ground = _ground(case, wanted)
    if wanted.until is not None and wanted.until < today():
        raise InvalidGrant(_("Sista dagen har redan varit. Ange en kommande dag."), field="until")
    if any(item.to_authority_code == other.code and grants.holds(item) for item in _of(session, case)):
        raise InvalidGrant(
            _("Ärendet delas redan med %(name)s. Avsluta först den delningen.", name=other.name),
            field="to_authority",
        )
    facts = ShareFacts(other.code, reason, wanted.until, wanted.with_marked, ground)
    made = sharing.new_share(actor, case.id, facts)
    session.add(made)
    case.version += 1
    after = {
        "shared_with": other.name,
        "until": wanted.until,
        "with_marked": wanted.with_marked,
        "legal_ground": ground,
    }
    journal.case_changed(session, actor, case, "case.shared", after=after, reason=reason)
    return made


def end(session: Session, actor: Actor, case: Case, uid: uuid.UUID, reason: str) -> CaseShare:
    """Ends a share at once. Raises: NotAllowed, NotFound, InvalidFact; StatusConflict if it has ended."""
    _require_decider(actor, case)
    reason = required_reason(reason)
    journal.lock(session, case, without_files=True)
    found = next((item for item in _of(session, case) if item.uid == uid), None)
    if found is None:
        raise NotFound(_("Delningen finns inte."))
    if found.revoked_at is not None:
        raise StatusConflict(_("Delningen är redan avslutad."))
    grants.revoke(found, actor, reason)
    case.version += 1
    other = session.scalars(select(Authority).where(Authority.code == found.to_authority_code)).one()
    after = {"shared_with": other.name}
    journal.case_changed(session, actor, case, "case.share_ended", after=after, reason=reason)
    return found


def shares_of(session: Session, case: Case) -> tuple[ShareView, ...]:
    """All shares of the case, ended ones too, the newest first. Two statements."""
    found = _of(session, case)
    codes = {item.to_authority_code for item in found}
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    names = {row.code: row.name for row in rows}
    return tuple(
        ShareView(
            uid=item.uid,
            to_code=item.to_authority_code,
            to_name=names[item.to_authority_code],
            with_marked=item.with_marked,
            legal_ground=item.legal_ground,
            reason=item.reason,
            until=item.until,
            made_at=item.made_at,
            made_by=item.made_by_name,
            holds=grants.holds(item),
            revoked_at=item.revoked_at,
            revoked_by=item.revoked_by_name,
            revoke_reason=item.revoke_reason,
        )
        for item in found
    )


def others(session: Session, case: Case) -> list[tuple[str, str]]:
    """(code, name) of the authorities that the case can be shown to."""
    day = today()
    rows = session.execute(
        select(Authority.code, Authority.name)
        .where(Authority.id != case.authority_id, Authority.active_from <= day)
        .where(or_(Authority.active_to.is_(None), Authority.active_to >= day))
    )
    return sorted(((row.code, row.name) for row in rows), key=lambda row: row[1])


def shared_with(session: Session, actor: Actor, *, before: int | None = None, size: int = PAGE_SIZE) -> SharedPage:
    """The cases that other authorities show to the actor's. Constant number of statements."""
    query = select(CaseShare).where(
        CaseShare.to_authority_code.in_(actor.authorities(Permission.READ)),
        CaseShare.revoked_at.is_(None),
        or_(CaseShare.until.is_(None), CaseShare.until >= today()),
    )
    if before is not None:
        query = query.where(CaseShare.id < before)
    found = session.scalars(query.order_by(CaseShare.id.desc()).limit(size + 1)).all()
    shown = found[:size]
    cases = session.scalars(
        select(Case)
        .where(Case.id.in_({item.case_id for item in shown}))
        .options(*(selectinload(getattr(Case, name)) for name in _LOADS))
    )
    by_id = {case.id: case for case in cases}
    return SharedPage(
        cases=tuple(
            SharedCase(case_view(actor, by_id[item.case_id]), item.with_marked, item.until, item.made_at)
            for item in shown
        ),
        older=shown[-1].id if len(found) > size else None,
    )


_LOADS = ("authority", "responsible", "unit", "classification", "restrictions")


def _require_decider(actor: Actor, case: Case) -> None:
    require_insight(actor, case)
    if not may_share(actor, case):
        raise NotAllowed(_("Bara registratorn eller ärendets handläggare kan dela ärendet."))


def _other(session: Session, case: Case, code: str) -> Authority:
    found = session.scalar(select(Authority).where(Authority.code == code.strip().upper()))
    if found is None or found.id == case.authority_id:
        raise InvalidGrant(_("Välj vilken annan myndighet som ska få läsa ärendet."), field="to_authority")
    return found


def _ground(case: Case, wanted: ShareFacts) -> str | None:
    """What lifts the secrecy between the authorities. Raises: InvalidGrant."""
    if not wanted.with_marked:
        return None
    if case.is_closed_circle:
        raise InvalidGrant(
            _("Ärendet har begränsad krets: det markerade kan inte delas med en hel myndighet."),
            field="with_marked",
        )
    if not (wanted.legal_ground or "").strip():
        raise InvalidGrant(
            _("Skriv vilken bestämmelse som bryter sekretessen, till exempel OSL 10 kap. 2 §."),
            field="legal_ground",
        )
    return short_text(wanted.legal_ground, _MOST_GROUND, "legal_ground")


def _of(session: Session, case: Case) -> list[CaseShare]:
    return list(sharing.of_case(session, case.id))
