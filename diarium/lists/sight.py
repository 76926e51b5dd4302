"""`secrecy.access.sight` as conditions in a query: what an actor can't see is neither sorted by nor found.

The rows themselves go through `register.views`; a test holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from diarium.db.swedish import sort_key
from diarium.identity.permissions import Actor, Permission
from diarium.register import need_to_know
from diarium.register.models import Authority, Case, Party, Record
from diarium.secrecy.models import Restriction, Scope

MANY = 2000
"""So many cases are sorted in a few milliseconds."""
_TITLE = (Scope.WHOLE, Scope.TITLE)
_PARTIES = (Scope.WHOLE, Scope.PARTIES)


def readable(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Cases of authorities that the actor reads. At most two queries, once for all lists of a page.

    The numbers stand in the condition themselves, so that PostgreSQL knows from its statistics how much that is.
    SQLite would always begin with the authority and then sort all that it has; where that is much, it is kept from
    it and walks along the order's own index instead.
    """
    if actor.is_system:
        return true()
    key = ("readable cases", actor.authorities(Permission.READ))
    if key not in session.info:
        session.info[key] = _readable(session, actor)
    found: ColumnElement[bool] = session.info[key]
    return found


def _readable(session: Session, actor: Actor) -> ColumnElement[bool]:
    ids = session.scalars(authority_ids(actor, Permission.READ)).all()
    if session.get_bind().dialect.name != "sqlite":
        return Case.authority_id.in_(ids)
    few = select(Case.id).where(Case.authority_id.in_(ids)).limit(MANY).subquery()
    has_many = session.scalar(select(func.count()).select_from(few)) == MANY
    return (Case.authority_id + 0).in_(ids) if has_many else Case.authority_id.in_(ids)


def authority_ids(actor: Actor, permission: Permission) -> Select[int]:
    """The numbers of the authorities where the actor has `permission`."""
    return select(Authority.id).where(Authority.code.in_(sorted(actor.authorities(permission))))


@dataclass(frozen=True, slots=True)
class Sight:
    """Two halves of a table for an actor: the rows where something is `hidden`, and those where it is `shown`.

    Each is written for where it is used: the hidden are few and looked up by their marks, the shown are many and
    asked for marks one by one, as they come along in order.
    """

    hidden: ColumnElement[bool]
    shown: ColumnElement[bool]


def case_titles(actor: Actor) -> Sight | None:
    """Which titles of cases the actor sees; nothing if they see all."""
    hides = need_to_know.hides_marked(actor, Case)
    return _halves(hides, _marked_case(_TITLE, by_mark=True), _marked_case(_TITLE, by_mark=False))


def record_titles(actor: Actor) -> Sight | None:
    """Which titles of records the actor sees; nothing if they see all. Needs the case in the query."""
    hides, hidden_since = need_to_know.hides_marked(actor, Case, Record), _hidden_since_moved(actor, _TITLE)
    return _halves(
        hides, _marked_record(_TITLE, by_mark=True), _marked_record(_TITLE, by_mark=False), hidden_since
    )


def case_title_holds(actor: Actor, text: str) -> ColumnElement[bool]:
    """Cases whose title holds `text` and may be seen."""
    return _shown_and(Case.title_key.contains(sort_key(text), autoescape=True), case_titles(actor))


def record_title_holds(actor: Actor, text: str) -> ColumnElement[bool]:
    """Records whose title holds `text` and may be seen. Needs the case in the query."""
    return _shown_and(Record.title_key.contains(sort_key(text), autoescape=True), record_titles(actor))


def record_party_named(actor: Actor, text: str) -> ColumnElement[bool]:
    """Records with a party whose name begins with `text` and may be seen."""
    return Record.id.in_(_records_of_party(actor, text).with_only_columns(Record.id))


def case_party_named(actor: Actor, text: str) -> ColumnElement[bool]:
    """Cases with a party, of the case or of one of its records, whose name begins with `text` and may be seen."""
    marked = _marked_case(_PARTIES, by_mark=False)
    own = select(Case.id).join(Party, Party.case_id == Case.id)
    hides = need_to_know.hides_marked(actor, Case)
    own = own.where(_shown_and(_named(text), _halves(hides, marked, marked)), _protected_shown(actor))
    return or_(Case.id.in_(own), Case.id.in_(_records_of_party(actor, text).with_only_columns(Record.case_id)))


def _records_of_party(actor: Actor, text: str) -> Select[int]:
    marked, hides = _marked_record(_PARTIES, by_mark=False), need_to_know.hides_marked(actor, Case, Record)
    return (
        select(Record.id)
        .join(Party, Party.record_id == Record.id)
        .join(Case, Case.id == Record.case_id)
        .where(
            _shown_and(_named(text), _halves(hides, marked, marked, _hidden_since_moved(actor, _PARTIES))),
            _protected_shown(actor),
            or_(_sees_protected(actor), ~_protected_since_moved()),
        )
    )


def _named(text: str) -> ColumnElement[bool]:
    """A range of keys, not LIKE: an index serves it on every database."""
    key = sort_key(text)
    return and_(Party.name_key >= key, Party.name_key < key + "\U0010ffff") if key else false()


def _protected_shown(actor: Actor) -> ColumnElement[bool]:
    return or_(~Party.is_protected, _sees_protected(actor))


def _sees_protected(actor: Actor) -> ColumnElement[bool]:
    if actor.is_system:
        return true()
    return Case.authority_id.in_(authority_ids(actor, Permission.READ_PROTECTED))


def _shown_and(found: ColumnElement[bool], sight: Sight | None) -> ColumnElement[bool]:
    return found if sight is None else and_(found, sight.shown)


def _halves(
    hides: ColumnElement[bool] | None,
    marked: ColumnElement[bool],
    is_marked: ColumnElement[bool],
    hidden_since: ColumnElement[bool] | None = None,
) -> Sight | None:
    """What is marked is hidden where it `hides` from the actor; None where it never does.

    `hidden_since`: what is hidden besides, since it was moved.
    """
    if hides is None:
        return None
    hidden, shown = and_(marked, hides), ~and_(hides, is_marked)
    if hidden_since is None:
        return Sight(hidden, shown)
    return Sight(or_(hidden, hidden_since), and_(shown, ~hidden_since))


def _hidden_since_moved(actor: Actor, scopes: tuple[Scope, ...]) -> ColumnElement[bool] | None:
    """Records that were moved away and are marked where they are now: see `register.following`.

    None where nothing is ever hidden from the actor.
    """
    since, later, case = _since_moved(), aliased(Record), aliased(Case)
    is_marked = or_(
        _marked(Restriction.record_id, later.id, scopes, by_mark=False),
        _marked(Restriction.case_id, later.case_id, scopes, by_mark=False),
    )
    hides = need_to_know.hides_marked(actor, case, later)
    if hides is None:
        return None
    hidden = select(since.c.first).join(later, later.id == since.c.id).join(case, case.id == later.case_id)
    return Record.id.in_(hidden.where(is_marked, hides))


def _protected_since_moved() -> ColumnElement[bool]:
    """Records that were moved away and have a protected party where they are now."""
    since, party = _since_moved(), aliased(Party)
    return Record.id.in_(
        select(since.c.first).join(party, party.record_id == since.c.id).where(party.is_protected)
    )


def _since_moved() -> CTE:
    """Moved records (`first`), each with all that it became. "> 0" is what the index finds on every database."""
    moved, next_one = aliased(Record), aliased(Record)
    found = select(moved.id.label("first"), moved.moved_to_id.label("id")).where(moved.moved_to_id > 0)
    since = found.cte(recursive=True)  # nameless: a query may hold several
    return since.union(
        select(since.c.first, next_one.moved_to_id)
        .join(next_one, next_one.id == since.c.id)
        .where(next_one.moved_to_id > 0)
    )


def _marked_case(scopes: tuple[Scope, ...], *, by_mark: bool) -> ColumnElement[bool]:
    return _marked(Restriction.case_id, Case.id, scopes, by_mark=by_mark)


def _marked_record(scopes: tuple[Scope, ...], *, by_mark: bool) -> ColumnElement[bool]:
    """Marked itself or by its case."""
    return or_(
        _marked(Restriction.record_id, Record.id, scopes, by_mark=by_mark),
        _marked(Restriction.case_id, Record.case_id, scopes, by_mark=by_mark),
    )


def _marked(
    target: InstrumentedAttribute[int | None],
    key: InstrumentedAttribute[int],
    scopes: tuple[Scope, ...],
    *,
    by_mark: bool,
) -> ColumnElement[bool]:
    in_force = (Restriction.lifted_at.is_(None), Restriction.scope.in_(scopes))
    if by_mark:
        return key.in_(select(target).where(target.is_not(None), *in_force))
    return exists().where(target == key, *in_force)
