"""What waits to be registered in the morning: thirty items of real kinds, and a few that were settled before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from diarium.demo.content import texts
from diarium.demo.content.archetypes import load, words
from diarium.demo.content.chance import chance
from diarium.demo.content.model import (
    DemoEnclosure,
    DemoFile,
    DemoItem,
    DemoMunicipality,
    DemoParty,
    DemoSettlement,
    FileKind,
    Layout,
    Wrapping,
)
from diarium.demo.content.municipality import municipality
from diarium.demo.content.parties import cast
from diarium.demo.content.slots import Slots
from diarium.intake.vocabulary import Channel, SetAsideReason
from diarium.register.vocabulary import PartyKind
from diarium.workdays import workdays

_ZONE = ZoneInfo("Europe/Stockholm")
_FRIDAY = 4
_DAYS_TO_ANSWER = 21
_CHOSEN_FROM = 6
_UNFIT = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))
_ENDINGS: Mapping[Wrapping, str] = {Wrapping.SCAN: "pdf", Wrapping.LOCKED: "pdf", Wrapping.TNEF: "dat"}


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that what comes in may be about; `officer` is the name of who handles it."""

    number: str
    authority: str
    case_type: str
    title: str
    officer: str


def inbox(seed: int, today: dt.date, cases: Sequence[OpenCase]) -> tuple[DemoItem, ...]:
    """What came in before `today`, in the order of arrival; what was settled already comes first.

    Everything depends on `seed`, `today` and `cases` only. Without any case the letters name none.
    """
    desk = _Desk(seed, today, municipality(seed), tuple(cases))
    rows = load("inbox")
    made: dict[str, DemoItem] = {}
    for row in (*rows["earlier"], *rows["item"]):
        made[row["key"]] = desk.again(row, made) if "same_as" in row else desk.item(row, made)
    return tuple(sorted(made.values(), key=lambda item: (item.settled is None, item.received_at)))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all items of one morning share."""

    seed: int
    today: dt.date
    place: DemoMunicipality
    cases: tuple[OpenCase, ...]

    def item(self, row: Mapping[str, Any], made: Mapping[str, DemoItem]) -> DemoItem:
        """An item; `made` holds those that it may answer or come from the same sender as."""
        rng = chance(self.seed, f"inbox/{row.get('from_same_as', row['key'])}")
        received_at = self._moment(row, rng)
        slots = Slots(rng, received_at.date(), (words().slots,))
        case = self._case(rng, row)
        slots.update(_of_case(case), reply_day=(self.today + dt.timedelta(_DAYS_TO_ANSWER)).isoformat())
        answered = made.get(row.get("answers", ""))
        sender = self._sender(rng, slots, row, made, answered)
        slots["sender"] = sender.name if sender else ""
        enclosures = tuple(self._enclosures(rng, slots, row, sender, received_at.date()))
        channel = Channel(row.get("channel", Channel.EMAIL))
        item = DemoItem(
            key=row["key"],
            authority=row["to"],
            channel=channel,
            received_at=received_at,
            subject=slots.fill(row["subject"]),
            text=slots.fill(row["text"]),
            sender=sender,
            mailbox=self._mailbox(row),
            is_html=row.get("html", False),
            headers=tuple(row.get("headers", {}).items()),
            enclosures=enclosures,
            case_number=case.number if case else None,
            settled=_settlement(row, case),
        )
        if channel is Channel.EMAIL:
            return _as_mail(item, answered)
        return _as_form(item, row["data"], rng) if channel is Channel.E_SERVICE else item

    def again(self, row: Mapping[str, Any], made: Mapping[str, DemoItem]) -> DemoItem:
        """The same message in another mailbox."""
        moment = self._moment(row, chance(self.seed, f"inbox/{row['key']}"))
        return replace(made[row["same_as"]], key=row["key"], received_at=moment, mailbox=self._mailbox(row))

    def _moment(self, row: Mapping[str, Any], rng: Random) -> dt.datetime:
        hour, minute = map(int, row["at"].split(":"))
        clock = dt.time(hour, minute, rng.randrange(60), tzinfo=_ZONE)
        return dt.datetime.combine(self._day(row.get("day", "night")), clock)

    def _day(self, wanted: str) -> dt.date:
        yesterday = self.today - dt.timedelta(1)
        if wanted == "night":
            return yesterday
        if wanted == "friday":
            return yesterday - dt.timedelta((yesterday.weekday() - _FRIDAY) % 7)
        open_days = workdays(self.today - dt.timedelta(21), yesterday)
        return open_days[-1] if wanted == "workday" else open_days[-3]

    def _case(self, rng: Random, row: Mapping[str, Any]) -> OpenCase | None:
        """One of the latest cases of the wanted types; if there is none, of the authority."""
        own = [case for case in self.cases if case.authority == row["to"]]
        wanted = [case for case in own if case.case_type in row.get("about", ())]
        found = (wanted or own)[-_CHOSEN_FROM:] if "about" in row else []
        return rng.choice(found) if found else None

    def _sender(
        self,
        rng: Random,
        slots: Slots,
        row: Mapping[str, Any],
        made: Mapping[str, DemoItem],
        answered: DemoItem | None,
    ) -> DemoParty | None:
        if answered is not None:
            return answered.sender
        if "from_same_as" in row:
            return made[row["from_same_as"]].sender
        kind, _, username = row["from"].partition(":")
        if kind == "staff":
            user = next(user for user in self.place.users if user.username == username)
            return DemoParty(kind=PartyKind.PERSON, name=user.name, email=user.email)
        sender = cast(self.seed, rng, {"sender": row["from"]}, slots, 0.0).get("sender")
        if sender is None or not row.keys() & {"address", "is_protected"}:
            return sender
        return replace(sender, email=row.get("address", sender.email), protected=row.get("is_protected", False))

    def _mailbox(self, row: Mapping[str, Any]) -> str:
        own = next(authority.email for authority in self.place.authorities if authority.code == row["to"])
        return f"{row['mailbox']}@{own.partition('@')[2]}" if "mailbox" in row else own

    def _enclosures(
        self, rng: Random, slots: Slots, row: Mapping[str, Any], sender: DemoParty | None, day: dt.date
    ) -> Iterator[DemoEnclosure]:
        topics = tuple(row.get("topics", ("bygglov",)))
        for text in row.get("files", ()):
            wanted, layout, name = slots.fill(text).split(" ", 2)
            wrapping = Wrapping(wanted) if wanted in list(Wrapping) else Wrapping.NONE
            kind = FileKind(wanted) if wrapping is Wrapping.NONE else FileKind.PDF
            file = _paper(rng, slots, topics, Layout(layout), kind, name, sender, day)
            ending = _ENDINGS.get(wrapping, wrapping.value) if wrapping is not Wrapping.NONE else kind.value
            stem = "winmail" if wrapping is Wrapping.TNEF else name.translate(_UNFIT)
            yield DemoEnclosure(f"{stem}.{ending}", wrapping, file)


def _paper(
    rng: Random,
    slots: Slots,
    topics: tuple[str, ...],
    layout: Layout,
    kind: FileKind,
    name: str,
    sender: DemoParty | None,
    day: dt.date,
) -> DemoFile:
    """A paper of the sender's. Somebody whose identity is protected is not named in it."""
    is_person = sender is None or sender.kind is PartyKind.PERSON
    writer = texts.Writer(actor="applicant", is_person=is_person)
    signature = sender.name if sender and not sender.protected else ""
    return DemoFile(
        name=f"{name.translate(_UNFIT)}.{kind}",
        kind=kind,
        layout=layout,
        title=name,
        letterhead=signature,
        date=day,
        fields=(("Datum", day.isoformat()),),
        sections=texts.sections(rng, slots, topics, layout, writer=writer, is_final=False),
        signature=("Med vänlig hälsning", signature) if signature and layout is Layout.LETTER else (),
        rows=texts.rows(rng) if layout is Layout.TABLE else (),
    )


def _of_case(case: OpenCase | None) -> dict[str, str]:
    if case is None:
        return {"ref": "i ert ärende", "case": "ert ärende", "officer": "handläggaren"}
    return {"ref": f"i ärende {case.number}", "case": case.title, "officer": case.officer}


def _settlement(row: Mapping[str, Any], case: OpenCase | None) -> DemoSettlement | None:
    """How it was settled; what belongs to no case of the register still waits."""
    if row.get("settled") == "set_aside":
        return DemoSettlement(reason=SetAsideReason(row["reason"]))
    if row.get("settled") == "registered" and case is not None:
        return DemoSettlement(title=row["title"], record_type=row["type"])
    return None


def _as_mail(item: DemoItem, answered: DemoItem | None) -> DemoItem:
    """With a Message-ID of its own; an answer names our letter, which it answers, and what that answered."""
    message_id = _message_id(item.address, item.subject, item.text)
    if answered is None or answered.message_id is None:
        return replace(item, message_id=message_id)
    ours = _message_id(answered.mailbox, answered.subject, "svar")
    return replace(item, message_id=message_id, in_reply_to=ours, references=(answered.message_id, ours))


def _message_id(address: str, *facts: str) -> str:
    key = hashlib.sha256("\n".join((address, *facts)).encode()).hexdigest()
    return f"<{key[:24]}@{address.partition('@')[2]}>"


def _as_form(item: DemoItem, data: Mapping[str, Any], rng: Random) -> DemoItem:
    """With what the e-service sends, under its own reference."""
    reference = f"{data['tjanst']}-{item.received_at:%Y%m%d}-{rng.randrange(1000, 10_000)}"
    sent = {
        "referens": reference,
        "inskickad": item.received_at.isoformat(),
        "namn": item.sender.name if item.sender else None,
        "epost": item.sender.email if item.sender else None,
        "svar": dict(data),
        "text": item.text,
    }
    content = json.dumps(sent, ensure_ascii=False, indent=2)
    form = DemoEnclosure(f"{reference}.json", Wrapping.NONE, None, content)
    return replace(item, reference=reference, enclosures=(form, *item.enclosures))
