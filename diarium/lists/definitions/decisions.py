"""The list of decisions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import Actor
from diarium.lists import sight
from diarium.lists.definitions import options
from diarium.lists.definitions.cases import CASE_LOADS, by_number
from diarium.lists.filtering import Choice, Options, Period
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Order
from diarium.register.models import Case, Decision
from diarium.register.views import sight_of_case
from diarium.register.vocabulary import DECISION_KIND_LABELS, DecisionKind, DecisionState

_AUTHORITY = Choice("authority", _l("Myndighet"), options.at_authority, options.authorities)


def _by_decision_day(_actor: Actor) -> Order:
    return Order((Decision.decided_on,))


def _decision_kinds(_session: Session, _actor: Actor) -> Options:
    return options.labelled(DECISION_KIND_LABELS)


def _decisions(session: Session, actor: Actor) -> Select[int]:
    return select(Decision.id).join(Case, Case.id == Decision.case_id).where(sight.readable(session, actor))


def _decision_rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    found = session.scalars(
        select(Decision).where(Decision.id.in_(ids)).options(selectinload(Decision.case).options(*CASE_LOADS))
    )
    made = {item.id: _decision_row(actor, item) for item in found}
    return [made[key] for key in ids]


def _decision_row(actor: Actor, decision: Decision) -> ListRow:
    case = decision.case
    seen = sight_of_case(actor, case)
    return ListRow(
        id=decision.id,
        goes=Goes.CASE,
        uid=case.uid,
        values=(
            case.number_text,
            decision.decided_on,
            decision.outcome if seen.everything else options.hidden(),
            case.title if seen.title else options.hidden(),
            decision.body,
            decision.paragraph or "",
            decision.delegation_point or "",
            str(DECISION_KIND_LABELS[decision.kind]),
        ),
        note=case.title if seen.title else options.hidden(),
        is_struck=decision.state is DecisionState.CANCELLED,
        marked_case=case.uid if any(mark.is_in_force for mark in case.restrictions) else None,
    )


DECISIONS = ListDefinition(
    name="beslut",
    label=_l("Beslut"),
    about=_l("Beslut som är registrerade i ärenden, av nämnder och på delegation."),
    empty=_l("Inga beslut passar urvalet. Ett beslut registreras i ärendet."),
    columns=(
        Column("number", _l("Ärende"), by_number, is_code=True),
        Column("decided", _l("Beslutat"), _by_decision_day, is_code=True),
        Column("outcome", _l("Beslut"), is_wide=True),
        Column("title", _l("Ärendemening"), on_page=False),
        Column("body", _l("Beslutat av")),
        Column("paragraph", _l("Paragraf")),
        Column("delegation", _l("Delegationspunkt"), on_page=False),
        Column("kind", _l("Slag")),
    ),
    filters=(
        _AUTHORITY,
        Choice(
            "kind",
            _l("Slag"),
            lambda _actor, text: Decision.kind == options.of_closed_list(DecisionKind, text, "kind"),
            _decision_kinds,
        ),
        Period("decided", _l("Beslutat"), lambda: Decision.decided_on.expression),
    ),
    default_sort="-decided",
    key=Decision.id,
    base=_decisions,
    rows=_decision_rows,
)
