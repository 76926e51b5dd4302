"""Refusals in words: an official's notice, then on demand the authority's decision with how to appeal.

Source: OSL 6 kap. 3 § (right to the authority's decision), 6 kap. 7–8 §§ (appeal to kammarrätten), 10 kap. 14 §
(reservations); FL 32–33 §§ (reasons, instruction how to appeal), 43–45 §§ (time and place of an appeal).
"""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from diarium import texts
from diarium.disclosure import lookup
from diarium.disclosure.errors import InvalidRequest, RequestConflict, RequestNotFound
from diarium.disclosure.handling import number_of
from diarium.disclosure.models import DisclosureDecision, DisclosureRequest, RequestedItem
from diarium.disclosure.reviewing import require_sight
from diarium.disclosure.vocabulary import NEEDS_REASON, OUTCOME_LABELS, DecisionKind, ReviewOutcome
from diarium.disclosure.wording import kept_text, require_no_asker
from diarium.i18n import SOURCE_LOCALE, local_date, show_date, today, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register import rules

_TEXTS = Path(__file__).parent / "data" / "texts.toml"
_MOST_INSTRUCTION = 8000
_MOST_REASONS = 20_000


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What is told or decided. `kind`: a value of `DecisionKind`; `decided_by`: the board, or the office that has
    the power by delegation; `told_on`: when it was sent or told, if it was.
    """

    kind: str
    decided_on: dt.date | None
    decided_by: str
    reasons: str
    instruction: str
    delegation_point: str = ""
    told_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class DecisionDates:
    """What became of a decision: told, had by the asker, appealed against, ended."""

    told_on: dt.date | None = None
    receipt_on: dt.date | None = None
    appealed_on: dt.date | None = None
    appeal_ended_on: dt.date | None = None
    appeal_outcome: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The texts that a decision begins with, in Swedish, the language of authorities (språklagen 10 §)."""

    reasons: str
    instruction: str


def propose(request: DisclosureRequest, kind: DecisionKind) -> Proposal:
    """The texts for a decision of the kind on what the reviews say now."""
    with use_locale(SOURCE_LOCALE):
        lines = [_line(item) for item in concerned(request, kind)]
        owner = request.authority
        reach = (owner.name, owner.postal_address, owner.email, owner.phone)
        values = {
            "referens": request.reference,
            "myndighet": owner.name,
            "handlingar": "\n".join(lines),
            "datum": show_date(today()),
            "kontakt": "\n".join(part for part in reach if part),
        }
    found = _texts()[kind.value]
    return Proposal(_filled(found["reasons"], values), _filled(found["instruction"], values))


def decide(
    session: Session, actor: Actor, uid: uuid.UUID, facts: DecisionFacts, *, version: int | None = None
) -> DisclosureDecision:
    """Writes down what was told or decided on everything that the reviews don't let out whole.

    Raises: RequestNotFound, RequestConflict if nothing is limited so, EditConflict; HiddenMaterial;
    InvalidRequest, InvalidFact, InvalidText at the field.
    """
    request = lookup.locked(session, actor, uid, version)
    if facts.kind not in list(DecisionKind):
        raise InvalidRequest(_("Välj vad det gäller."), field="kind")
    kind = DecisionKind(facts.kind)
    items = concerned(request, kind)
    if not items:
        raise RequestConflict(_("Prövningen har inte kommit fram till något sådant. Pröva handlingarna först."))
    for item in items:
        require_sight(actor, item)
    decided_on = _day(facts.decided_on, "decided_on", _("Ange dagen för beslutet."))
    _require_order(decided_on, local_date(request.received_at), "decided_on")
    _require_order(facts.told_on, decided_on, "told_on")
    made = DisclosureDecision(
        kind=kind,
        decided_on=decided_on,
        decided_by=texts.required_line(facts.decided_by, 200, "decided_by", _("Skriv vem som beslutar.")),
        delegation_point=texts.line(facts.delegation_point, 40, "delegation_point") or None,
        subjects=[_subject(item) for item in items],
        reasons=kept_text(request, facts.reasons, "reasons", missing=_("Skriv skälen."), most=_MOST_REASONS),
        instruction=_instruction(request, facts.instruction),
        told_on=facts.told_on,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    request.decisions.append(made)
    session.flush()
    after = {"decision": made.uid, "decision_day": decided_on, "body": made.decided_by, "items": len(items)}
    lookup.note(session, actor, request, f"decided_{kind}", after=after)
    return made


def note_dates(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    decision_uid: uuid.UUID,
    dates: DecisionDates,
    *,
    version: int | None = None,
) -> DisclosureDecision:
    """Notes when the decision was told and had, and what became of an appeal; also when the request is closed.

    Raises: RequestNotFound, EditConflict; InvalidRequest, InvalidFact at the field.
    """
    request = lookup.locked(session, actor, uid, version, closed=None)
    decision = find(request, decision_uid)
    before = decision.decided_on
    for field in ("told_on", "receipt_on", "appealed_on", "appeal_ended_on"):
        value: dt.date | None = getattr(dates, field)
        _require_order(value, before, field)
        before = value or before
    outcome = kept_text(request, dates.appeal_outcome, "appeal_outcome")
    if dates.appeal_ended_on is not None and (dates.appealed_on is None or outcome is None):
        raise InvalidRequest(
            _("Ange när beslutet överklagades och hur det gick innan överklagandet är slut."),
            field="appealed_on" if dates.appealed_on is None else "appeal_outcome",
        )
    decision.told_on, decision.receipt_on = dates.told_on, dates.receipt_on
    decision.appealed_on, decision.appeal_ended_on = dates.appealed_on, dates.appeal_ended_on
    decision.appeal_outcome = outcome
    after: dict[str, object] = {
        "decision": decision.uid,
        "told_on": dates.told_on,
        "receipt_on": dates.receipt_on,
        "appealed_on": dates.appealed_on,
        "appeal_ended_on": dates.appeal_ended_on,
    }
    lookup.note(session, actor, request, "decision_followed", after=after)
    return decision


def concerned(request: DisclosureRequest, kind: DecisionKind) -> list[RequestedItem]:
    """The items that a decision of the kind is about, as they were reviewed last."""
    wanted = {
        DecisionKind.NOTICE: NEEDS_REASON,
        DecisionKind.REFUSAL: {ReviewOutcome.REFUSED, ReviewOutcome.MASKED, ReviewOutcome.NOT_HELD},
        DecisionKind.RESERVATION: {ReviewOutcome.RESERVATION},
    }[kind]
    return [
        item
        for item in request.items
        if item.is_wanted and item.review is not None and item.review.outcome in wanted
    ]


def find(request: DisclosureRequest, uid: uuid.UUID) -> DisclosureDecision:
    """The decision of the request. Raises: RequestNotFound."""
    found = next((decision for decision in request.decisions if decision.uid == uid), None)
    if found is None:
        raise RequestNotFound(_("Beslutet finns inte."))
    return found


def _subject(item: RequestedItem) -> dict[str, Any]:
    """An item as the decision keeps it: numbers and provisions, no titles."""
    made = item.review
    if made is None:
        raise RequestConflict(_("Pröva handlingarna först."))
    return {
        "number": number_of(item),
        "review": str(made.uid),
        "outcome": made.outcome.value,
        "provisions": list(made.citations),
    }


def _line(item: RequestedItem) -> str:
    made = item.review
    if made is None:
        return f"– {number_of(item)}"
    provisions = f" ({', '.join(made.citations)})" if made.citations else ""
    return f"– {number_of(item)}: {str(OUTCOME_LABELS[made.outcome]).lower()}{provisions}"


def _instruction(request: DisclosureRequest, text: str) -> str:
    clean = texts.lines(text, _MOST_INSTRUCTION, "instruction")
    if not clean:
        raise InvalidRequest(
            _("Skriv vad den som frågade kan göra nu: begära beslut, eller hur och när det överklagas."),
            field="instruction",
        )
    require_no_asker(request, clean, "instruction")
    return clean


def _day(value: dt.date | None, field: str, missing: str) -> dt.date:
    if value is None:
        raise InvalidRequest(missing, field=field)
    return rules.not_in_future(value, field)


def _require_order(value: dt.date | None, before: dt.date, field: str) -> None:
    if value is None:
        return
    rules.not_in_future(value, field)
    if value < before:
        raise InvalidRequest(
            _("Dagen kan inte ligga före %(day)s.", day=before.isoformat()),
            field=field,
        )


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text.strip()


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_TEXTS.read_text(encoding="utf-8"))
