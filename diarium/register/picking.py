"""Finding the case that somebody means while they type: by number, by words of the title, by a party's name."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import need_to_know, numbering
from diarium.register.models import Authority, Case, DiarySeries, Party, Record
from diarium.register.views import CaseView, case_view
from diarium.register.vocabulary import FINISHED, CaseStatus
from diarium.secrecy.models import Restriction, Scope

MOST_HITS = 10
YEARS_BACK = 3
_MOST_WORDS = 6
_LONGEST = 200
_SHORTEST_WORD = 2
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A case that fits what was typed. `title` is None where it is hidden; `why`: what fitted, in words."""

    uid: uuid.UUID
    number: str
    title: str | None
    status: CaseStatus
    authority_name: str
    why: str
    is_restricted: bool

    @property
    def takes_records(self) -> bool:
        """Whether something can be registered in it."""
        return self.status not in FINISHED


def find_cases(session: Session, actor: Actor, text: str, *, limit: int = MOST_HITS) -> tuple[CaseHit, ...]:
    """At most `limit` cases where the actor may register and that fit `text`; those still open come first.

    By words all open cases are found, and finished ones of the last `YEARS_BACK` years: they take no records, but
    somebody may want to open one again. By number every case is found. Words of a hidden title and the names of
    hidden parties find nothing: a hit would tell that they are there. At most nine queries.
    """
    wanted = text.strip()[:_LONGEST]
    limit = max(1, min(limit, MOST_HITS))
    if not wanted:
        return ()
    fitting = _by_number(session, actor, wanted, limit)
    words = [word for word in sort_key(wanted).split()[:_MOST_WORDS] if len(word) >= _SHORTEST_WORD]
    # Each look is dearer than the one before: it is taken only where there is still room for what it finds.
    for find in (_by_title, _by_party):
        if words and len(fitting) < limit and not numbering.read(wanted):
            fitting |= {key: why for key, why in find(session, actor, words, limit).items() if key not in fitting}
    return _hits(session, actor, fitting, limit)


def _by_number(session: Session, actor: Actor, text: str, limit: int) -> dict[int, str]:
    """The cases whose number can be read from `text`, or begins so."""
    readings = numbering.read(text)
    fits: list[ColumnElement[bool]] = []
    if not readings and any(char.isdecimal() for char in text):
        fits.append(Case.number_text.startswith(text.upper(), autoescape=True))
    for parts in readings:
        reading = and_(Case.year == parts.year, Case.number == parts.number)
        fits.append(and_(reading, DiarySeries.code == parts.series) if parts.series else reading)
    if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
        fits.append(Case.number == int(text))
    if not fits:
        return {}
    query = _registrable(actor).join(Case.series).where(or_(*fits))
    return {found: _("Numret") for found in session.scalars(_open_first(query).limit(limit))}


def _by_title(session: Session, actor: Actor, words: list[str], limit: int) -> dict[int, str]:
    query = _registrable(actor).where(
        _is_of_interest(),
        *(Case.title_key.contains(word, autoescape=True) for word in words),
        or_(need_to_know.sees_marked(actor, Case), ~_is_marked(Restriction.case_id == Case.id, Scope.TITLE)),
    )
    return {found: _("Ärendemeningen") for found in session.scalars(_open_first(query).limit(limit))}


def _by_party(session: Session, actor: Actor, words: list[str], limit: int) -> dict[int, str]:
    """Cases with a party, or a record's sender or recipient, of that name."""
    marked = or_(
        _is_marked(Restriction.case_id == Case.id, Scope.PARTIES),
        _is_marked(Restriction.record_id == Party.record_id, Scope.PARTIES),
    )
    sees_marked = case(
        (Party.record_id.is_(None), need_to_know.sees_marked(actor, Case)),
        else_=need_to_know.sees_marked(actor, Case, Record),
    )
    # From the parties that fit to their cases: the other way round every case would be looked at.
    query = (
        select(Case.id, Party.name)
        .select_from(Party)
        .outerjoin(Record, Record.id == Party.record_id)
        .join(Case, Case.id == func.coalesce(Party.case_id, Record.case_id))
        .join(Case.authority)
        .where(_is_of_interest(), *(_begins_a_word(word) for word in words))
        .where(_may_register(actor), or_(sees_marked, ~marked), _sees_protected(actor))
        .where(Record.moved_to_id.is_(None))  # no longer of the case, and perhaps marked where it is now
    )
    found: dict[int, str] = {}
    for case_id, name in session.execute(query.order_by(*_OPEN_FIRST).limit(limit * 4)):
        found.setdefault(case_id, _("Part: %(name)s", name=name))
    return dict(list(found.items())[:limit])


def _is_of_interest() -> ColumnElement[bool]:
    return or_(Case.status.not_in(FINISHED), Case.year > today().year - YEARS_BACK)


def _begins_a_word(word: str) -> ColumnElement[bool]:
    """Names are known by how their words begin; titles, full of compounds, by any part."""
    return or_(
        Party.name_key.startswith(word, autoescape=True), Party.name_key.contains(f" {word}", autoescape=True)
    )


def _registrable(actor: Actor) -> Select[int]:
    return select(Case.id).join(Case.authority).where(_may_register(actor))


def _may_register(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_system else Authority.code.in_(actor.authorities(Permission.REGISTER))


def _sees_protected(actor: Actor) -> ColumnElement[bool]:
    if actor.is_system:
        return true()
    return or_(~Party.is_protected, Authority.code.in_(actor.authorities(Permission.READ_PROTECTED)))


def _is_marked(target: ColumnElement[bool], scope: Scope) -> ColumnElement[bool]:
    hides = Restriction.scope.in_((Scope.WHOLE, scope))
    return exists().where(target, Restriction.lifted_at.is_(None), hides)


_OPEN_FIRST = (
    case((Case.status.in_(FINISHED), 1), else_=0),
    Case.year.desc(),
    Case.number.desc(),
    Case.id.desc(),
)


def _open_first(query: Select[int]) -> Select[int]:
    return query.order_by(*_OPEN_FIRST)


def _hits(session: Session, actor: Actor, fitting: dict[int, str], limit: int) -> tuple[CaseHit, ...]:
    cases = session.scalars(
        select(Case)
        .where(Case.id.in_(fitting))
        .options(
            selectinload(Case.authority),
            selectinload(Case.responsible),
            selectinload(Case.unit),
            selectinload(Case.classification),
            selectinload(Case.restrictions),
        )
    ).all()
    ranks = {found: rank for rank, found in enumerate(fitting)}
    cases = sorted(cases, key=lambda item: (item.status in FINISHED, ranks[item.id]))
    return tuple(_hit(case_view(actor, item), fitting[item.id]) for item in cases[:limit])


def _hit(view: CaseView, why: str) -> CaseHit:
    return CaseHit(view.uid, view.number, view.title, view.status, view.authority_name, why, view.is_restricted)
