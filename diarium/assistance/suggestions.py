"""Suggestions while somebody registers, learned from earlier registrations of the same authority.

Each clue that the form gives (a word of the title, the sender, the case's class …) votes for the values that it
went with; a clue that always goes with one value has more to say than one that goes with all. Nothing is applied:
a suggestion says what, and why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.assistance import offers, usage, words
from diarium.assistance.models import UsageCount
from diarium.assistance.usage import UNMARKED, Clue
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup, rules
from diarium.register.models import Authority, Case
from diarium.register.vocabulary import Direction

MOST_PER_FIELD = 3
FEWEST = 2
"""A value that was chosen only once is no habit."""
_LEAST_SHARE_FIRST, _LEAST_SHARE = 0.4, 0.15
_VALUES_PER_CLUE = 6
_LONGEST = 500
# What is chosen for a case is not asked where the case is there already.
_OF_CASE = frozenset({"authority", "classification", "case_type", "responsible", "unit"})
# Names of one authority mean nothing to another.
_OF_ONE_AUTHORITY = frozenset({"responsible", "unit", "provision"})
# How much a clue of each kind is to be trusted beside the others.
_TRUST: Mapping[Clue, float] = {
    Clue.WORD: 1.0,
    Clue.NAME: 1.0,
    Clue.EMAIL: 1.0,
    Clue.ORGANISATION: 1.0,
    Clue.CLASS: 0.6,
    Clue.TYPE: 0.3,
}


@dataclass(frozen=True, slots=True)
class Clues:
    """What the form holds so far. `authority` is a code or not chosen yet; `classification` a class code."""

    authority: str | None = None
    direction: str = Direction.INCOMING.value
    title: str = ""
    sender_name: str = ""
    sender_email: str = ""
    record_type: str = ""
    case_number: str | None = None
    classification: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`value` for the form's `field`, as it is shown (`label`), why, and in how many earlier registrations."""

    field: str
    value: str
    label: str
    why: str
    count: int


@dataclass(slots=True)
class _Vote:
    """What speaks for a value: the sum, and the clue that says most."""

    weight: float = 0.0
    best_weight: float = 0.0
    clue: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    """The clues as the table knows them, at these authorities."""

    codes: frozenset[str]
    clues: tuple[str, ...]
    classification: str
    record_type: str
    is_new_case: bool = True
    hidden: frozenset[str] = field(default_factory=frozenset)


def suggest(session: Session, actor: Actor, clues: Clues) -> tuple[Suggestion, ...]:
    """What was usual before: best first per field, at most `MOST_PER_FIELD` each, nothing where there is no habit.

    Fields: classification, case_type, responsible, unit, authority (for a new case), record_type, party-0-kind,
    provision and scope. Learned only at authorities where the actor registers, never from titles or persons of
    marked records; provisions only for those who may mark. Constant number of statements.
    """
    question = _question(session, actor, _cleaned(clues))
    if not question.codes or not question.clues:
        return ()
    votes = _votes(session, question)
    chosen = {name: _best(ballot) for name, ballot in votes.items()}
    wanted = {
        name: [_code(name, value) for value, _vote in best if value != UNMARKED] for name, best in chosen.items()
    }
    names = offers.labels(session, question.codes, {name: values for name, values in wanted.items() if values})
    found: list[Suggestion] = []
    for name, best in sorted(chosen.items()):
        shown = _once(name, [item for item in best if _code(name, item[0]) in names.get(name, {})])
        for value, vote in shown[:MOST_PER_FIELD]:
            why = _why(vote, question)
            found.append(Suggestion(name, _code(name, value), names[name][_code(name, value)], why, vote.count))
        found += _scope(name, shown, question)
    return tuple(found)


def _cleaned(clues: Clues) -> Clues:
    """The clues without what no database takes as text, and no longer than any field."""
    texts = ("title", "sender_name", "sender_email", "record_type", "classification", "case_number", "authority")
    return replace(clues, **{name: rules.clean_text((getattr(clues, name) or "")[:_LONGEST]) for name in texts})


def _question(session: Session, actor: Actor, clues: Clues) -> _Question:
    codes = actor.authorities(Permission.REGISTER)
    case = _case(session, actor, clues)
    code = case.authority.code if case is not None else clues.authority
    if code:
        codes &= {code}
    direction = clues.direction if clues.direction in list(Direction) else Direction.INCOMING.value
    class_code = clues.classification.strip().split(" ")[0]
    if case is not None:
        class_code = case.classification.code if case.classification else ""
    asked = usage.title_clues(direction, words.asked(clues.title))
    asked += usage.sender_clues(clues.sender_name, clues.sender_email)
    asked += [usage.class_clue(direction, class_code)] if class_code else []
    asked += [usage.type_clue(direction, clues.record_type)] if clues.record_type.strip() else []
    if len(codes) == 1 and all(actor.may(Permission.READ_RESTRICTED, one) for one in codes):
        # That a certain organisation has sent something marked is told only to those who may see that it did.
        asked += [usage.organisation_clue(clues.sender_name)] if clues.sender_name.strip() else []
    hidden = set(_OF_CASE) if case is not None else set()
    if len(codes) == 1:
        hidden.add("authority")
    else:
        hidden |= _OF_ONE_AUTHORITY
    if not all(actor.may(Permission.MARK, one) for one in codes):
        hidden.add("provision")
    return _Question(
        codes, tuple(sorted(set(asked))), class_code, clues.record_type.strip(), case is None, frozenset(hidden)
    )


def _case(session: Session, actor: Actor, clues: Clues) -> Case | None:
    """The case that the record is meant for, if its number is one; else the form will tell."""
    if not clues.case_number or not clues.case_number.strip():
        return None
    try:
        return lookup.case_by_number(session, actor, clues.case_number)
    except DomainError:
        return None


def _votes(session: Session, question: _Question) -> dict[str, dict[str, _Vote]]:
    """By field and value, from the commonest values of each clue. One statement, by the primary key."""
    where = (UsageCount.authority_id.in_(select(Authority.id).where(Authority.code.in_(question.codes))),
             UsageCount.clue.in_(question.clues), UsageCount.field.not_in(question.hidden))  # fmt: skip
    times = func.sum(UsageCount.count)
    by_clue = [UsageCount.clue, UsageCount.field]
    summed = select(
        UsageCount.clue,
        UsageCount.field,
        UsageCount.value,
        times.label("times"),
        func.max(UsageCount.last_used_on).label("last_used_on"),
        func.sum(times).over(partition_by=by_clue).label("total"),
        func.row_number().over(partition_by=by_clue, order_by=[times.desc(), UsageCount.value]).label("place"),
    ).where(*where)
    ranked = summed.group_by(*by_clue, UsageCount.value).subquery()
    votes: dict[str, dict[str, _Vote]] = {}
    day = today()
    for row in session.execute(select(ranked).where(ranked.c.place <= _VALUES_PER_CLUE)):
        vote = votes.setdefault(row.field, {}).setdefault(row.value, _Vote())
        weight = _TRUST[Clue(row.clue[0])] * _weight(int(row.times), int(row.total), row.last_used_on, day)
        vote.weight += weight
        if weight > vote.best_weight:
            vote.best_weight, vote.clue, vote.count = weight, row.clue, int(row.times)
    return votes


def _weight(times: int, total: int, last_used_on: dt.date, day: dt.date) -> float:
    """How much a clue says for a value: the share squared (a clue that goes with everything says little), less
    where there is little to go by, a fifth less for each year in which it was not chosen."""
    share = times / total
    years = max(0, (day - last_used_on).days) / 365
    return float(share**2 * total / (total + 2) * 0.8**years)


def _best(ballot: Mapping[str, _Vote]) -> list[tuple[str, _Vote]]:
    """The values that are a habit, best first; nothing where none stands out."""
    whole = sum(vote.weight for vote in ballot.values())
    order = sorted(ballot.items(), key=lambda item: (-item[1].weight, item[0]))
    if not order or order[0][1].weight < _LEAST_SHARE_FIRST * whole or order[0][1].count < FEWEST:
        return []
    return [item for item in order if item[1].weight >= _LEAST_SHARE * whole and item[1].count >= FEWEST]


def _code(name: str, value: str) -> str:
    return value.partition("|")[0] if name == "provision" else value


def _once(name: str, best: Sequence[tuple[str, _Vote]]) -> list[tuple[str, _Vote]]:
    """Each provision with the scope that is usual for it."""
    first: dict[str, tuple[str, _Vote]] = {}
    for item in best:
        first.setdefault(_code(name, item[0]), item)
    return list(first.values())


def _scope(name: str, shown: Sequence[tuple[str, _Vote]], question: _Question) -> list[Suggestion]:
    """What the marking suggested first covered."""
    if name != "provision" or not shown:
        return []
    value, vote = shown[0]
    scope = value.partition("|")[2]
    label = offers.scope_label(scope)
    return [] if label is None else [Suggestion("scope", scope, label, _why(vote, question), vote.count)]


def _why(vote: _Vote, question: _Question) -> str:
    kind = Clue(vote.clue[0])
    if kind is Clue.CLASS:
        return _("vanligt i klassen %(code)s", code=question.classification)
    if kind is Clue.TYPE:
        return _("vanligt för handlingstypen %(name)s", name=question.record_type)
    if kind is Clue.WORD:
        return ngettext("%(num)s liknande handling", "%(num)s liknande handlingar", vote.count)
    return ngettext(
        "%(num)s tidigare handling från samma avsändare",
        "%(num)s tidigare handlingar från samma avsändare",
        vote.count,
    )
