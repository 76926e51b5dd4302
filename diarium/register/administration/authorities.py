"""Authorities: added, changed, ended. A board that ends keeps its register; its open cases are handed over."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.db.swedish import sort_key
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.register import numbering
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority, Case, DiarySeries, Unit
from diarium.register.vocabulary import FINISHED

MAX_CODE = 10


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """What is told of an authority; `active_to` is the last day on which it takes new cases."""

    name: str
    organisation_number: str | None = None
    email: str | None = None
    phone: str | None = None
    postal_address: str | None = None
    active_from: dt.date | None = None
    active_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """A board or other public body; its first series bears its code."""

    code: str
    name: str
    organisation_number: str | None = None
    email: str | None = None
    active_from: dt.date | None = None
    number_format: str = numbering.DEFAULT_FORMAT
    units: tuple[str, ...] = ()
    phone: str | None = None
    postal_address: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """An authority in a list."""

    code: str
    name: str
    is_active: bool
    active_from: dt.date
    active_to: dt.date | None
    series: tuple[str, ...]
    units: int
    open_cases: int


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that is not finished: no title, since an administrator reads no content."""

    uid: uuid.UUID
    number: str
    opened_on: dt.date
    officer: str | None


@dataclass(frozen=True, slots=True)
class OpenCases:
    """The first of the open cases of an authority, and how many there are."""

    cases: tuple[OpenCase, ...]
    count: int


def add_authority(session: Session, actor: Actor, command: NewAuthority) -> Authority:
    """Adds an authority that can register at once; whoever adds it administers it.

    Raises: NotAllowed unless an administrator or the system acts; InvalidFact and InvalidText with the field's
    name.
    """
    code = command.code.strip().upper()
    if not actor.is_administrator:
        actor.require(Permission.ADMINISTER, code)
    code = checked_code(code)
    if session.scalar(select(Authority.id).where(Authority.code == code)) is not None:
        raise InvalidFact(_("Koden %(code)s är upptagen.", code=code), field="code")
    authority = Authority(
        code=code,
        series=[DiarySeries(code=code, name=_("Diarium"), number_format=command.number_format)],
        units=[Unit(name=unit) for unit in command.units],
    )
    _write(
        authority,
        AuthorityFacts(
            name=command.name,
            organisation_number=command.organisation_number,
            email=command.email,
            phone=command.phone,
            postal_address=command.postal_address,
            active_from=command.active_from or today(),
        ),
    )
    session.add(authority)
    session.flush()
    after = {**facts_of(authority), "number_format": command.number_format, "units": list(command.units)}
    audit.write(session, actor, "authority.added", subject(authority), after=after)
    accounts.join_new_authority(session, actor, code)
    feed.publish(session, "authority", authority.uid, "authority.added")
    return authority


def change_authority(session: Session, actor: Actor, code: str, facts: AuthorityFacts, *, seen: str) -> Authority:
    """Changes what is told of an authority; `seen` is the fingerprint of the facts that the page showed.

    An authority whose last day has passed gives no more numbers: its series are closed with it.
    Raises: NotFound; InvalidFact and InvalidText with the field's name; Stale.
    """
    authority = administered(session, actor, code, lock=True)
    before = facts_of(authority)
    revision.require_seen(before, seen)
    _write(authority, facts)
    changed = revision.note(session, actor, "authority.changed", subject(authority), before, facts_of(authority))
    if authority.active_to is not None and authority.active_to < today():
        _close_series(session, actor, authority)
    # The authority's own contacts are no finding in a file that waits to be published.
    if changed & {"name", "email", "phone"}:
        feed.publish(session, "authority", authority.uid, "authority.changed")
    return authority


def administered(session: Session, actor: Actor, code: str, *, lock: bool = False) -> Authority:
    """The authority with `code`. Raises: NotFound also where the actor does not administer it."""
    query = select(Authority).where(Authority.code == code)
    if lock:
        session.flush()
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None or not actor.may(Permission.ADMINISTER, found.code):
        raise NotFound(_("Myndigheten finns inte."))
    return found


def listing(session: Session, actor: Actor) -> tuple[AuthorityRow, ...]:
    """The authorities that the actor administers, by name. Constant number of queries."""
    query = select(Authority).options(selectinload(Authority.series), selectinload(Authority.units))
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.ADMINISTER)))
    found = sorted(session.scalars(query), key=lambda item: sort_key(item.name))
    rows = session.execute(
        select(Case.authority_id, func.count())
        .where(Case.authority_id.in_([item.id for item in found]), Case.status.not_in(FINISHED))
        .group_by(Case.authority_id)
    )
    unfinished = dict(rows.all())
    return tuple(_row(item, unfinished.get(item.id, 0)) for item in found)


def open_cases(session: Session, actor: Actor, code: str, *, most: int = 100) -> OpenCases:
    """The cases of the authority that are not finished, oldest first. Raises: NotFound."""
    authority = administered(session, actor, code)
    unfinished = (Case.authority_id == authority.id, Case.status.not_in(FINISHED))
    rows = session.execute(
        select(Case.uid, Case.number_text, Case.opened_on, User.name)
        .outerjoin(User, User.id == Case.responsible_id)
        .where(*unfinished)
        .order_by(Case.opened_on, Case.id)
        .limit(most)
    ).all()
    count = session.scalar(select(func.count()).select_from(Case).where(*unfinished)) or 0
    return OpenCases(tuple(OpenCase(*row) for row in rows), count)


def facts_of(authority: Authority) -> dict[str, object]:
    """What `change_authority` changes, as pages show and events keep it."""
    return {name: getattr(authority, name) for name in AuthorityFacts.__dataclass_fields__}


def is_active(authority: Authority, day: dt.date) -> bool:
    """Whether the authority takes new cases on `day`."""
    return authority.active_from <= day and (authority.active_to is None or authority.active_to >= day)


def checked_code(text: str, field: str = "code") -> str:
    """A short code in capitals, for an authority or a series. Raises: InvalidFact."""
    code = text.strip().upper()
    if not code.isalnum() or len(code) > MAX_CODE:
        raise InvalidFact(_("Koden ska vara högst tio bokstäver eller siffror, som KS."), field=field)
    return code


def subject(authority: Authority) -> audit.Subject:
    """The authority as audit events name it."""
    return audit.Subject("authority", authority.uid, authority.code, authority.code)


def _write(authority: Authority, facts: AuthorityFacts) -> None:
    if facts.active_from is None:
        raise InvalidFact(_("Skriv från vilken dag myndigheten är verksam."), field="active_from")
    if facts.active_to is not None and facts.active_to < facts.active_from:
        raise InvalidFact(_("Sista dagen kan inte ligga före den första."), field="active_to")
    checked = {
        **asdict(facts),
        "name": texts.required_line(facts.name, 200, "name", _("Skriv myndighetens namn.")),
        "email": identity.checked_email(facts.email),
        "phone": texts.line(facts.phone, 40, "phone") or None,
        "postal_address": texts.line(facts.postal_address, 300, "postal_address") or None,
    }
    for name, value in checked.items():
        setattr(authority, name, value)


def _close_series(session: Session, actor: Actor, authority: Authority) -> None:
    for series in authority.series:
        if series.is_active:
            series.is_active = False
            about = audit.Subject("series", series.uid, series.code, authority.code)
            before, after = {"is_active": True}, {"is_active": False}
            audit.write(session, actor, "series.closed", about, before=before, after=after)


def _row(authority: Authority, open_count: int) -> AuthorityRow:
    return AuthorityRow(
        code=authority.code,
        name=authority.name,
        is_active=is_active(authority, today()),
        active_from=authority.active_from,
        active_to=authority.active_to,
        series=tuple(item.code for item in authority.series if item.is_active),
        units=sum(unit.is_active for unit in authority.units),
        open_cases=open_count,
    )
