"""The guided set-up of an authority: which steps somebody has gone through, and what is still missing.

Nothing is kept between the steps but what each of them saves in the register, so it can be left and taken up again
by anybody who administers the authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.classification import queries as classes
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Role
from diarium.register.administration.authorities import administered
from diarium.register.errors import StatusConflict
from diarium.register.models import Authority, AuthoritySetUp, SetUpStep
from diarium.register.models.set_up import STEP_LABELS


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not in place. `is_blocking`: without it nobody can register."""

    message: str
    is_blocking: bool = False


@dataclass(frozen=True, slots=True)
class StepState:
    """A step as the list of progress shows it."""

    step: SetUpStep
    label: str
    is_done: bool
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class SetUpState:
    """How far the set-up of an authority has come. `following`: the step to do next, None when all is done."""

    code: str
    name: str
    steps: tuple[StepState, ...]
    following: SetUpStep | None

    @property
    def missing(self) -> tuple[Missing, ...]:
        """All that is not in place, what is needed to register first."""
        found = (item for step in self.steps for item in step.missing)
        return tuple(sorted(found, key=lambda item: not item.is_blocking))


def state(session: Session, actor: Actor, code: str, *, channels: int | None = None) -> SetUpState:
    """How far the set-up has come; `channels`: how many mailboxes and folders the authority has, if that is known.

    Constant number of queries. Raises: NotFound.
    """
    authority = administered(session, actor, code)
    done = set(session.scalars(select(AuthoritySetUp.step).where(AuthoritySetUp.authority_id == authority.id)))
    missing = _missing(session, authority, channels)
    steps = tuple(
        StepState(step, str(STEP_LABELS[step]), step in done, missing.get(step, ())) for step in SetUpStep
    )
    following = next((item.step for item in steps if not item.is_done), None)
    return SetUpState(authority.code, authority.name, steps, following)


def mark_done(session: Session, actor: Actor, code: str, step: SetUpStep) -> None:
    """Notes that somebody has gone through a step.

    Raises: NotFound; StatusConflict for the last one while something is missing that is needed to register.
    """
    authority = administered(session, actor, code, lock=True)
    if step is SetUpStep.CHECK:
        blocking = [
            item for some in _missing(session, authority, None).values() for item in some if item.is_blocking
        ]
        if blocking:
            raise StatusConflict(_("Det som krävs för att registrera saknas: %(what)s", what=blocking[0].message))
    if session.get(AuthoritySetUp, (authority.id, step)) is not None:
        return
    session.add(AuthoritySetUp(authority_id=authority.id, step=step, done_by_name=actor.name))
    if step is SetUpStep.CHECK:
        about = audit.Subject("set_up", authority.uid, authority.code, authority.code)
        audit.write(session, actor, "set_up.finished", about)


def _missing(
    session: Session, authority: Authority, channels: int | None
) -> Mapping[SetUpStep, tuple[Missing, ...]]:
    scheme = classes.scheme_on(session, today())
    found = {
        SetUpStep.FACTS: _facts(authority),
        SetUpStep.UNITS: []
        if any(unit.is_active for unit in authority.units)
        else [Missing(_("Myndigheten har ingen enhet."))],
        SetUpStep.SERIES: []
        if any(series.gives_numbers_on(today()) for series in authority.series)
        else [Missing(_("Ingen diarieserie är öppen."), is_blocking=True)],
        SetUpStep.USERS: _users(session, authority),
        SetUpStep.CLASSIFICATION: []
        if scheme is not None
        else [Missing(_("Ingen klassificeringsstruktur gäller i dag."), is_blocking=True)],
        SetUpStep.CHANNELS: [Missing(_("Ingen brevlåda eller inläsningsmapp är kopplad."))]
        if channels == 0
        else [],
    }
    return {step: tuple(items) for step, items in found.items()}


def _facts(authority: Authority) -> list[Missing]:
    found = []
    if not authority.organisation_number:
        found.append(Missing(_("Organisationsnummer saknas. Det behövs i leveranser till e-arkiv.")))
    if not authority.email:
        found.append(Missing(_("E-postadress saknas.")))
    if authority.active_from > today():
        day = authority.active_from.isoformat()
        found.append(Missing(_("Myndigheten är verksam först från %(day)s.", day=day)))
    return found


def _users(session: Session, authority: Authority) -> list[Missing]:
    rows = session.execute(
        select(Membership.role, func.count())
        .join(User)
        .where(Membership.authority_code == authority.code, User.is_active)
        .group_by(Membership.role)
    )
    count: dict[Role, int] = dict(rows.all())
    found = []
    if not count.get(Role.REGISTRAR):
        found.append(Missing(_("Ingen är registrator."), is_blocking=True))
    if not count.get(Role.CASE_OFFICER):
        found.append(Missing(_("Ingen är handläggare.")))
    if not count.get(Role.ARCHIVIST):
        found.append(Missing(_("Ingen är arkivarie.")))
    if count.get(Role.ADMINISTRATOR, 0) < 2:
        found.append(Missing(_("Bara en person är administratör. Ha en ersättare.")))
    return found
