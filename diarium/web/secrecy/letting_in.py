"""Who may see what is marked in a case or record: people let in by name, closed circles, shares of the case."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError, NotAllowed
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import show_time
from diarium.identity.permissions import ROLE_LABELS, Permission, Role
from diarium.register import case_sharing, closed_circles, letting_in
from diarium.register.letting_in import READERS, NewGrant
from diarium.register.models import Case, Record
from diarium.register.views import place_of
from diarium.secrecy import access
from diarium.secrecy.errors import InvalidGrant
from diarium.secrecy.sharing import ShareFacts
from diarium.web import context
from diarium.web.cases import frame
from diarium.web.secrecy.blueprint import CASE, KINDS, Kind, add_rule, heading_of

CIRCLE = "circle-"
SHARE = "share-"
_DONE: Mapping[bool, str] = {
    True: _l("Kretsen är begränsad. Bara handläggaren och de namngivna ser det markerade."),
    False: _l("Begränsningen är upphävd."),
}


@dataclass(frozen=True)
class _Pages:
    kind: Kind

    def show(self, uid: uuid.UUID) -> ResponseReturnValue:
        """Who is let in, whether the circle is closed, and what is shared, with a form for each."""
        return self._page(uid, {})

    def let_in(self, uid: uuid.UUID) -> ResponseReturnValue:
        """Lets a person or a role in."""
        return self._do(uid, "", lambda session, target: self._grant(session, target), _("Behörigheten är given."))

    def revoke(self, uid: uuid.UUID, grant: uuid.UUID) -> ResponseReturnValue:
        """Ends a grant."""

        def step(session: Session, target: Case | Record) -> None:
            letting_in.revoke(session, context.actor(), target, grant, request.form.get("reason", ""))

        return self._do(uid, f"revoke-{grant}-", step, _("Behörigheten är avslutad."))

    def circle(self, uid: uuid.UUID) -> ResponseReturnValue:
        """Closes the circle, or opens it."""
        closes = request.form.get("closes") == "1"

        def step(session: Session, target: Case | Record) -> None:
            change = closed_circles.close_circle if closes else closed_circles.open_circle
            change(session, context.actor(), target, request.form.get("reason", ""))

        return self._do(uid, CIRCLE, step, str(_DONE[closes]))

    def share(self, uid: uuid.UUID) -> ResponseReturnValue:
        """Shows the case to another authority."""
        return self._do(uid, SHARE, _share, _("Ärendet delas nu för läsning."))

    def end_share(self, uid: uuid.UUID, share: uuid.UUID) -> ResponseReturnValue:
        """Ends a share."""

        def step(session: Session, target: Case | Record) -> None:
            if isinstance(target, Case):
                case_sharing.end(session, context.actor(), target, share, request.form.get("reason", ""))

        return self._do(uid, f"unshare-{share}-", step, _("Delningen är avslutad."))

    def _grant(self, session: Session, target: Case | Record) -> None:
        role = request.form.get("role", "")
        if role and role not in list(Role):
            raise InvalidGrant(_("Välj en av rollerna."), field="role")
        wanted = NewGrant(
            reason=request.form.get("reason", ""),
            username=request.form.get("username") or None,
            role=Role(role) if role else None,
            until=frame.typed_day("until"),
        )
        letting_in.let_in(session, context.actor(), target, wanted)

    def _do(
        self, uid: uuid.UUID, prefix: str, step: Callable[[Session, Case | Record], None], done: str
    ) -> ResponseReturnValue:
        """Takes the step and says so; what is wrong is told at the fields of its own form, marked by `prefix`."""
        try:
            with context.diarium().database.unit_of_work() as session:
                step(session, self.kind.find(session, uid))
        except DomainError as error:
            found = frame.mistakes(error)
            return self._page(uid, {f"{prefix}{name}" if name else "": text for name, text in found.items()}), 422
        flash(done, "success")
        return redirect(self.kind.url("access", uid=uid))

    def _page(self, uid: uuid.UUID, errors: Mapping[str, str]) -> str:
        who = context.actor()
        with context.diarium().database.reading() as session:
            target = self.kind.find(session, uid)
            if not access.needs_to_know(who, place_of(target)):
                raise NotAllowed(_("Bara den som får se det markerade får veta vilka fler som ser det."))
            shares = isinstance(target, Case)
            return context.page(
                "secrecy/access.html",
                heading=heading_of(session, self.kind, target),
                kind=self.kind,
                grants=letting_in.grants_of(session, target),
                is_closed=target.is_closed_circle,
                case_is_closed=isinstance(target, Record) and target.case.is_closed_circle,
                officer=_officer(target),
                may_let_in=letting_in.may_let_in(who, target),
                people=letting_in.people_of(session, target),
                roles=[] if place_of(target).is_closed else [(role, ROLE_LABELS[role]) for role in READERS],
                shares=case_sharing.shares_of(session, target) if isinstance(target, Case) else (),
                may_share=isinstance(target, Case) and case_sharing.may_share(who, target),
                can_be_shared=shares,
                others=case_sharing.others(session, target) if isinstance(target, Case) else [],
                errors=errors,
                values=request.form,
                show_time=show_time,
            )


for _kind in KINDS:
    _pages = _Pages(_kind)
    for _path, _endpoint, _view, _methods in (
        ("atkomst", "access", _pages.show, ["GET"]),
        ("atkomst", "let_in", _pages.let_in, ["POST"]),
        ("atkomst/<uuid:grant>/avsluta", "revoke", _pages.revoke, ["POST"]),
        ("krets", "circle", _pages.circle, ["POST"]),
    ):
        add_rule(_kind, _path, _endpoint, _view, _methods, Permission.READ)
_of_case = _Pages(CASE)
add_rule(CASE, "dela", "share", _of_case.share, ["POST"], Permission.READ)
add_rule(CASE, "dela/<uuid:share>/avsluta", "end_share", _of_case.end_share, ["POST"], Permission.READ)


def _share(session: Session, target: Case | Record) -> None:
    if not isinstance(target, Case):
        return
    wanted = ShareFacts(
        to_authority=request.form.get("to_authority", ""),
        reason=request.form.get("reason", ""),
        until=frame.typed_day("until"),
        with_marked=request.form.get("with_marked") == "1",
        legal_ground=request.form.get("legal_ground") or None,
    )
    case_sharing.share(session, context.actor(), target, wanted)


def _officer(target: Case | Record) -> str | None:
    case = target if isinstance(target, Case) else target.case
    return case.responsible.name if case.responsible else None
