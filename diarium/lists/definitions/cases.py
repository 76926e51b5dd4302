"""Lists of cases: all, the actor's own, their unit's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.classification.models import Classification
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.lists import sight
from diarium.lists.definitions import options
from diarium.lists.filtering import Choice, Filter, Flag, Options, Period, Text
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Order
from diarium.register.models import Case, UnitMember
from diarium.register.views import CaseView, case_view
from diarium.register.vocabulary import FINISHED, STATUS_LABELS, CaseStatus

# What there is one of comes in the same statement; nobody asks here what else the officer may do.
CASE_LOADS = (
    joinedload(Case.authority),
    joinedload(Case.responsible).lazyload(User.memberships),
    selectinload(Case.restrictions),
)
"""What it takes to tell what an actor sees of a case, and who handles it."""


def by_number(_actor: Actor) -> Order:
    """Cases by year and number."""
    return Order((Case.year, Case.number))


def by_title(actor: Actor) -> Order:
    """Cases by title, in Swedish order; those whose title is hidden last."""
    titles = sight.case_titles(actor)
    missing, present = (titles.hidden, titles.shown) if titles else (None, None)
    return Order((Case.title_key,), missing, is_private=True, present=present)


def _by_opening(_actor: Actor) -> Order:
    return Order((Case.opened_on,))


def _by_closing(_actor: Actor) -> Order:
    return Order((Case.closed_on,), Case.closed_on.is_(None))


def _by_officer(_actor: Actor) -> Order:
    return Order(
        (User.name_key, User.id), Case.responsible_id.is_(None), joins=(User, User.id == Case.responsible_id)
    )


_COLUMNS = (
    Column("number", _l("Nummer"), by_number, is_code=True),
    Column("title", _l("Ärende"), by_title, is_wide=True),
    Column("authority", _l("Myndighet"), on_page=False),
    Column("opened", _l("Öppnat"), _by_opening, is_code=True),
    Column("responsible", _l("Handläggare"), _by_officer),
    Column("unit", _l("Enhet"), on_page=False),
    Column("status", _l("Status")),
    Column("closed", _l("Avslutat"), _by_closing, is_code=True),
    Column("class", _l("Klass"), on_page=False),
    Column("type", _l("Ärendetyp"), on_page=False),
)


def _statuses(_session: Session, _actor: Actor) -> Options:
    return options.labelled(STATUS_LABELS)


def _with_status(_actor: Actor, text: str) -> ColumnElement[bool]:
    return Case.status == options.of_closed_list(CaseStatus, text, "status")


def _unfinished(_actor: Actor) -> ColumnElement[bool]:
    return Case.status.not_in(FINISHED)


def _of_class(_actor: Actor, code: str) -> ColumnElement[bool]:
    below = Classification.code.startswith(f"{code}.", autoescape=True)
    return Case.classification_id.in_(select(Classification.id).where((Classification.code == code) | below))


_AUTHORITY = Choice("authority", _l("Myndighet"), options.at_authority, options.authorities)
_STATUS = Choice("status", _l("Status"), _with_status, _statuses)
_RESPONSIBLE = Choice(
    "responsible",
    _l("Handläggare"),
    lambda _actor, text: options.by_officer(Case.responsible_id, text),
    options.officers,
)
_UNIT = Choice("unit", _l("Enhet"), lambda _actor, text: options.by_unit(Case.unit_id, text), options.units)
_OPENED = Period("opened", _l("Öppnat"), lambda: Case.opened_on.expression)
_TITLE = Text("title", _l("Ärendet innehåller"), sight.case_title_holds)
_PARTY = Text("party", _l("Part, avsändare eller mottagare"), sight.case_party_named, help=_l("Början av namnet."))
_CLASS = Text("class", _l("Klass"), _of_class, help=_l("Klassens nummer, till exempel 2.1."))
_YEAR = Text("year", _l("År"), lambda _actor, text: Case.year == options.year_of(text))
_OPEN = Flag("open", _l("Bara sådana som inte är avslutade"), where=_unfinished)
_FINISHED_TOO = Flag("finished", _l("Även avslutade"), otherwise=_unfinished)
_FILTERS: tuple[Filter, ...] = (
    _AUTHORITY, _STATUS, _RESPONSIBLE, _UNIT, _TITLE, _PARTY, _OPENED, _CLASS, _YEAR, _OPEN,
)  # fmt: skip
_OWN_FILTERS: tuple[Filter, ...] = (_AUTHORITY, _STATUS, _UNIT, _TITLE, _PARTY, _OPENED, _FINISHED_TOO)
_UNIT_FILTERS: tuple[Filter, ...] = (_STATUS, _RESPONSIBLE, _UNIT, _TITLE, _PARTY, _OPENED, _FINISHED_TOO)


def rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    """The cases as the actor may see them."""
    found = session.scalars(
        select(Case)
        .where(Case.id.in_(ids))
        .options(*CASE_LOADS, joinedload(Case.unit), joinedload(Case.classification))
    )
    views = {case.id: case_view(actor, case) for case in found}
    return [_row(key, views[key]) for key in ids]


def _row(key: int, view: CaseView) -> ListRow:
    mark = _("Sekretessmarkering") if view.is_restricted and view.title else ""
    return ListRow(
        id=key,
        goes=Goes.CASE,
        uid=view.uid,
        values=(
            view.number,
            view.title or options.hidden(),
            view.authority_name,
            view.opened_on,
            view.responsible or "",
            view.unit or "",
            str(STATUS_LABELS[view.status]),
            view.closed_on,
            view.classification or "",
            view.case_type or "",
        ),
        note=" · ".join(part for part in (view.classification, view.unit, mark) if part),
        is_struck=view.status is CaseStatus.CANCELLED,
        marked_case=view.uid if view.is_restricted else None,
    )


def _all(session: Session, actor: Actor) -> Select[int]:
    return select(Case.id).where(sight.readable(session, actor))


def _own(session: Session, actor: Actor) -> Select[int]:
    return _all(session, actor).where(Case.responsible_id == (actor.user_id or -1))


def _of_units(session: Session, actor: Actor) -> Select[int]:
    mine = select(UnitMember.unit_id).where(UnitMember.user_id == (actor.user_id or -1))
    return _all(session, actor).where(Case.unit_id.in_(mine))


CASES = ListDefinition(
    name="arenden",
    label=_l("Ärenden"),
    about=_l("Alla ärenden vid de myndigheter vars diarier du läser."),
    empty=_l("Ändra urvalet, eller öppna ett ärende genom att registrera en handling."),
    columns=_COLUMNS,
    filters=_FILTERS,
    default_sort="-number",
    key=Case.id,
    base=_all,
    rows=rows,
)
OWN_CASES = ListDefinition(
    name="mina-arenden",
    label=_l("Mina ärenden"),
    about=_l("Ärenden som du handlägger och som inte är avslutade."),
    empty=_l("Du handlägger inga sådana ärenden. Ändra urvalet för att även se avslutade."),
    columns=_COLUMNS,
    filters=_OWN_FILTERS,
    default_sort="-number",
    key=Case.id,
    base=_own,
    rows=rows,
)
UNIT_CASES = ListDefinition(
    name="enhetens-arenden",
    label=_l("Enhetens ärenden"),
    about=_l("Ärenden vid de enheter som du hör till och som inte är avslutade."),
    empty=_l("Inga ärenden passar urvalet. Vilka enheter du hör till bestämmer administratören."),
    columns=_COLUMNS,
    filters=_UNIT_FILTERS,
    default_sort="-number",
    key=Case.id,
    base=_of_units,
    rows=rows,
)
