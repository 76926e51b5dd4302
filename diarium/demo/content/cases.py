"""Makes the cases of the demo municipality, one at a time, in the order in which they were opened."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from random import Random

from diarium.demo.content.archetypes import Archetype, RecordPlan, archetypes, words
from diarium.demo.content.chance import chance
from diarium.demo.content.model import DemoCase, DemoParty, DemoRecord, DemoRestriction
from diarium.demo.content.municipality import municipality
from diarium.demo.content.papers import Desk, paper
from diarium.demo.content.parties import cast
from diarium.demo.content.slots import Slots
from diarium.identity.permissions import Role
from diarium.register.vocabulary import Direction, PartyKind, PartyRole
from diarium.secrecy.models import Scope
from diarium.workdays import workdays

YEARS_BACK = 4
# Where somebody with protected registration lives may not be given out (OSL 21 kap. 3 a §).
_PROTECTED = DemoRestriction(provision="21:3a", scope=Scope.PARTIES)
# Old cases are mostly finished, new ones mostly not; some two fifths of all are closed.
_CLOSED_NEW, _CLOSED_OLD = 0.12, 0.74


def generate(seed: int, cases: int, today: dt.date) -> Iterator[DemoCase]:
    """Yields `cases` cases, spread over this year and the four before it, in the order of opening.

    Every case depends on `seed`, its place in the order, `cases` and `today` only.

    Raises: ValueError if `cases` is negative.
    """
    if cases < 0:
        raise ValueError("cases must not be negative")
    days = workdays(dt.date(today.year - YEARS_BACK, 1, 1), today)
    for place in range(cases):
        rng = chance(seed, f"case/{place}")
        opened = int((place + rng.random()) / cases * len(days))
        yield _case(seed, rng, days, opened)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all records of one case share."""

    rng: Random
    slots: Slots
    kind: Archetype
    desk: Desk
    actors: Mapping[str, DemoParty]


def _case(seed: int, rng: Random, days: tuple[dt.date, ...], opened: int) -> DemoCase:
    kind = rng.choices(archetypes(), cum_weights=_weights())[0]
    slots = Slots(rng, days[opened], (kind.slots, words().slots))
    if kind.together:
        slots.update(rng.choice(kind.together))
    actors = cast(seed, rng, kind.actors, slots, kind.protected_share)
    stage = _Stage(rng, slots, kind, _desk(seed, kind), actors)
    newness = opened / len(days)
    is_to_end = rng.random() < _CLOSED_NEW + (_CLOSED_OLD - _CLOSED_NEW) * (1 - newness)
    records, decided, last = _records(stage, days, opened, is_to_end)
    return DemoCase(
        authority=kind.authority,
        title=slots.fill(kind.title),
        public_title=slots.fill(kind.public_title) if kind.public_title else None,
        case_type=kind.case_type,
        class_code=kind.class_code,
        opened=days[opened],
        closed=_closing_day(rng, days, last) if is_to_end else None,
        decided=decided,
        officer=stage.desk.officer.username,
        unit=kind.unit,
        initiative=kind.initiative,
        restriction=kind.restriction,
        parties=_parties(actors),
        records=records,
    )


def _records(
    stage: _Stage, days: tuple[dt.date, ...], opened: int, is_to_end: bool
) -> tuple[tuple[DemoRecord, ...], dt.date | None, int]:
    """The records up to today or to where the case stands; the day of decision; the place in `days` of the last
    record, beyond the end when one is still to come."""
    rng = stage.rng
    plans = _plans(rng, stage.kind.records)
    stop = len(plans) if is_to_end else rng.randint(1, len(plans))
    found: list[DemoRecord] = []
    decided = None
    place = opened
    day = days[opened]
    for plan in plans[:stop]:
        if found:
            place = bisect_left(days, day) + rng.randint(*plan.gap)
            if place >= len(days):
                break
            day = _arrival(rng, days, place, plan)
        found.append(_record(stage, plan, day))
        if plan.is_decision:
            decided = day
    return tuple(found), decided, place


def _plans(rng: Random, records: tuple[RecordPlan, ...]) -> list[RecordPlan]:
    """What this case has of all that its kind may have: the first always, an answer only to a question."""
    found = [records[0]]
    for plan in records[1:]:
        is_called_for = plan.after is None or any(plan.after == earlier.record_type for earlier in found)
        if is_called_for and rng.random() < plan.share:
            found.append(plan)
    return found


def _arrival(rng: Random, days: tuple[dt.date, ...], place: int, plan: RecordPlan) -> dt.date:
    """The day of a record: a working day, but mail comes on Saturdays too."""
    day = days[place]
    is_mail = plan.direction is Direction.INCOMING and any(file.kind == "eml" for file in plan.files)
    if is_mail and day.weekday() == 4 and day < days[-1] and rng.random() < 0.3 and days[place + 1] > day:
        return day + dt.timedelta(days=1)
    return day


def _record(stage: _Stage, plan: RecordPlan, day: dt.date) -> DemoRecord:
    rng, slots = stage.rng, stage.slots
    party = stage.actors.get(plan.by) if plan.by else None
    is_incoming = plan.direction is Direction.INCOMING
    is_paper = rng.random() < plan.paper_share
    files = (
        ()
        if is_paper
        else tuple(paper(rng, slots, stage.kind.topics, stage.desk, plan, file, day, party) for file in plan.files)
    )
    restriction = plan.restriction if rng.random() < plan.restriction_share else None
    if restriction is None and party is not None and party.protected:
        restriction = _PROTECTED
    return DemoRecord(
        direction=plan.direction,
        date=day,
        title=slots.fill(plan.title),
        public_title=slots.fill(plan.public_title) if plan.public_title else None,
        record_type=plan.record_type,
        sender=replace(party, role=PartyRole.SENDER) if party and is_incoming else None,
        recipients=(replace(party, role=PartyRole.RECIPIENT),)
        if party and plan.direction is Direction.OUTGOING
        else (),
        restriction=restriction,
        paper_location=f"Närarkivet, hylla {rng.randint(1, 24)}, pärm {rng.randint(1, 90)}" if is_paper else None,
        files=files,
        released_files=plan.is_released and restriction is None and bool(files),
    )


def _closing_day(rng: Random, days: tuple[dt.date, ...], last: int) -> dt.date | None:
    place = last + rng.randint(1, 6)
    return days[place] if place < len(days) else None


def _parties(actors: Mapping[str, DemoParty]) -> tuple[DemoParty, ...]:
    """The parties of the case itself: who began it and, in a private matter, the person on the other side."""
    return tuple(
        replace(party, role=PartyRole.PARTY if role == "applicant" else PartyRole.COUNTERPART)
        for role, party in actors.items()
        if role == "applicant" or (role in {"owner", "operator"} and party.kind is not PartyKind.AUTHORITY)
    )


@lru_cache(maxsize=1)
def _weights() -> tuple[int, ...]:
    return tuple(accumulate(kind.weight for kind in archetypes()))


def _desk(seed: int, kind: Archetype) -> Desk:
    place = municipality(seed)
    authority = next(a for a in place.authorities if a.code == kind.authority)
    officer = next(u for u in place.users if u.unit == kind.unit and u.role is Role.CASE_OFFICER)
    return Desk(authority=authority.name, email=authority.email, officer=officer)
