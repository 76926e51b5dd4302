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
from diarium.register.vocabulary import DECISION_KIND_LABELS, DecisionKind, DecisionState
from diarium.register.work_views import CaseEyes, eyes_of

_AUTHORITY = Choice("authority", _l("Myndighet"), options.at_authority, options.authorities)


def _by_decision_day(_actor: Actor) -> Order:
    return Order((Decision.decided_on,))


def _decision_kinds(_session: Session, _actor: Actor) -> Options:
    return options.labelled(DECISION_KIND_LABELS)


def _decisions(session: Session, actor: Actor) -> Select[int]:
    return select(Decision.id).join(Case, Case.id == Decision.case_id).where(sight.readable(session, actor))


def _decision_rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[ListRow]:
    found = session.scalars(
        select(Decision)
        .where(Decision.id.in_(ids))
        .options(selectinload(Decision.record), selectinload(Decision.case).options(*CASE_LOADS))
    )
    items = found.all()
    eyes = eyes_of(session, actor, list({item.case.id: item.case for item in items}.values()))
    made = {item.id: _decision_row(eyes[item.case.id], item) for item in items}
    return [made[key] for key in ids]


def _decision_row(eyes: CaseEyes, decision: Decision) -> ListRow:
    case, view = decision.case, eyes.decision(decision)
    title = case.title if eyes.sight.title else options.hidden()
    return ListRow(
        id=decision.id,
        goes=Goes.CASE,
        uid=case.uid,
        values=(
            case.number_text,
            decision.decided_on,
            view.outcome or options.hidden(),
            title,
            decision.body,
            decision.paragraph or "",
            decision.delegation_point or "",
            str(DECISION_KIND_LABELS[decision.kind]),
        ),
        note=title,
        is_struck=decision.state is DecisionState.CANCELLED,
        marked_case=case.uid if eyes.needs_note else None,
        marked_record=decision.record.uid if decision.record and eyes.needs_note and view.outcome else None,
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
