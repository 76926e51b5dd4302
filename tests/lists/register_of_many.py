"""A register with many rows of all kinds: ties, gaps, Swedish letters, marked and protected ones."""

from __future__ import annotations

import datetime as dt
import random

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.i18n import today
from diarium.identity.models import User
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import Channel, ItemState
from diarium.register.models import Authority, Case, Deadline, Decision, Party, Record, Unit, UnitMember
from diarium.register.vocabulary import (
    CaseStatus,
    DeadlineState,
    DecisionKind,
    Direction,
    PartyKind,
    PartyRole,
    RecordStatus,
)
from diarium.secrecy.models import Provision, Restriction, Scope
from tests.conftest import Municipality

TITLES = (
    "Åtgärd",
    "ärende",
    "Ödetomt",
    "Zon",
    "älg",
    "Abc",
    "abc",
    "Ängel",
    "Éclair",
    "Bygglov",
    "Överklagande",
    "a",
)


def fill(municipality: Municipality, cases: int, seed: int = 1, *, marked: bool = True) -> None:
    """Adds `cases` cases of KS and some of SN, each with a record, a deadline, a decision and an item."""
    with municipality.database.unit_of_work() as session:
        Filler(session, random.Random(seed), marked).add(cases)


class Filler:
    """Rows written past the use cases, which would take minutes."""

    def __init__(self, session: Session, dice: random.Random, marked: bool) -> None:
        self.session = session
        self.dice = dice
        self.marked = marked
        self.authorities = list(session.scalars(select(Authority).order_by(Authority.code)))
        self.users = list(session.scalars(select(User).where(User.username.in_(("hans", "rut", "arja")))))
        self.unit = session.scalars(select(Unit).join(Unit.authority).where(Authority.code == "KS")).one()
        self.provision = session.scalars(select(Provision).limit(1)).one()
        self.first = 1 + max(session.scalars(select(Case.number)), default=0)
        for user in self.users:
            if session.get(UnitMember, (self.unit.id, user.id)) is None:
                session.add(UnitMember(unit_id=self.unit.id, user_id=user.id))

    def add(self, cases: int) -> None:
        """Adds cases and what belongs to them."""
        for number in range(self.first, self.first + cases):
            case = self._case(number)
            self._parts(case, self._record(case))
        self.session.flush()

    def _case(self, number: int) -> Case:
        owner = self.authorities[0] if self.dice.random() < 0.85 else self.authorities[1]
        day = self._day()
        is_closed = self.dice.random() < 0.4
        case = Case(
            authority=owner,
            series=owner.series[0],
            year=day.year,
            number=number,
            number_text=f"{owner.code} {day.year}/{number}",
            title=self._title(),
            status=CaseStatus.CLOSED if is_closed else CaseStatus.OPEN,
            opened_on=day,
            closed_on=day if is_closed else None,
            responsible=self.dice.choice([*self.users, None]) if owner.code == "KS" else None,
            unit=self.unit if owner.code == "KS" and self.dice.random() < 0.7 else None,
        )
        self.session.add(case)
        if self.marked and self.dice.random() < 0.3:
            case.restrictions.append(self._mark())
        return case

    def _record(self, case: Case) -> Record:
        record = Record(
            case=case,
            running_number=1,
            direction=self.dice.choice(list(Direction)),
            title=self._title(),
            record_type=self.dice.choice(["Ansökan", None]),
            official_on=self._day(),
            status=self.dice.choice(list(RecordStatus)),
            registered_at=now() - dt.timedelta(days=self.dice.randrange(3), seconds=self.dice.randrange(3)),
        )
        name = f"{self._title()} AB"
        record.parties.append(Party(role=PartyRole.SENDER, kind=PartyKind.ORGANISATION, name=name))
        self.session.add(record)
        if self.marked and self.dice.random() < 0.3:
            record.restrictions.append(self._mark())
        return record

    def _parts(self, case: Case, record: Record) -> None:
        self.session.add_all(
            [
                Deadline(
                    case=case,
                    due_on=self._day(),
                    text="Svar",
                    responsible=self.dice.choice([*self.users, None]),
                    state=DeadlineState.OPEN if self.dice.random() < 0.7 else DeadlineState.DONE,
                    made_by_name="Rut",
                ),
                Decision(
                    case=case,
                    kind=DecisionKind.DELEGATION,
                    decided_on=self._day(),
                    body="Chefen",
                    outcome="Bifall",
                    registered_by_name="Rut",
                ),
                IntakeItem(
                    authority=case.authority,
                    channel=Channel.EMAIL,
                    state=ItemState.NEW,
                    received_at=now() - dt.timedelta(days=self.dice.randrange(5)),
                    official_on=self._day(),
                    deadline_on=today() - dt.timedelta(days=self.dice.randrange(1, 4)),
                    subject=self._title(),
                ),
            ]
        )

    def _mark(self) -> Restriction:
        is_lifted = self.dice.random() < 0.2
        return Restriction(
            scope=self.dice.choice(list(Scope)),
            provision=self.provision,
            made_on=self._day(),
            authority_code="KS",
            made_by_name="Rut",
            review_on=today() - dt.timedelta(days=self.dice.randrange(3)) if self.dice.random() < 0.7 else None,
            lifted_at=now() if is_lifted else None,
        )

    def _title(self) -> str:
        return " ".join(self.dice.choice(TITLES) for _word in range(self.dice.choice((1, 1, 2))))

    def _day(self) -> dt.date:
        return today() - dt.timedelta(days=self.dice.randrange(6))
