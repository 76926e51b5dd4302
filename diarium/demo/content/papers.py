"""Makes the files of a record: letterhead, labelled facts, text, signature and a name as in real life."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from diarium.demo.content import texts
from diarium.demo.content.archetypes import Bank, FilePlan, RecordPlan
from diarium.demo.content.model import DemoFile, DemoParty, DemoUser, FileKind, Layout
from diarium.demo.content.slots import Slots
from diarium.register.vocabulary import Direction, PartyKind

# Stands where the name of somebody with a protected identity would.
NAMELESS = "Namn finns hos kommunen"
# No officer and no signature on these.
_BARE = frozenset({Layout.DRAWING, Layout.MAP, Layout.PHOTOS, Layout.TABLE})
# These say whom they are for.
_ADDRESSED = frozenset(
    {Layout.LETTER, Layout.MAIL, Layout.DECISION, Layout.ACKNOWLEDGEMENT, Layout.REMINDER, Layout.RECEIPT}
)
_UNFIT = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the papers of a case are written: the authority's name and address, and its officer."""

    authority: str
    email: str
    officer: DemoUser


def paper(
    rng: Random,
    slots: Slots,
    topics: Bank,
    desk: Desk,
    record: RecordPlan,
    plan: FilePlan,
    day: dt.date,
    party: DemoParty | None,
) -> DemoFile:
    """One file. `party` is who sent the record or gets it."""
    is_own = record.direction is not Direction.INCOMING
    outsider = None if is_own else _writer(record, party)
    title = slots.fill(record.title)
    writer, address = (desk.authority, desk.email) if is_own else (_name(party), _email(party))
    reader, to_address = (_name(party), _email(party)) if is_own else (desk.authority, desk.email)
    return DemoFile(
        name=_file_name(rng, slots.fill(plan.name), plan.kind, day),
        kind=plan.kind,
        layout=plan.layout,
        title=title,
        letterhead=writer,
        date=day,
        fields=_fields(plan.layout, desk, party, reader, day, is_own=is_own),
        sections=texts.sections(rng, slots, topics, plan.layout, writer=outsider, is_final=record.is_decision),
        signature=_signature(rng, plan.layout, desk, writer, is_own=is_own),
        rows=texts.rows(rng) if plan.layout is Layout.TABLE else (),
        sender_email=address,
        recipient_email=to_address,
        attachment=_attachment(rng, slots, topics, writer, day, outsider) if plan.has_attachment else None,
    )


def _fields(
    layout: Layout, desk: Desk, party: DemoParty | None, reader: str, day: dt.date, *, is_own: bool
) -> tuple[tuple[str, str], ...]:
    fields = [("Datum", day.isoformat())]
    if is_own and layout not in _BARE:
        fields.append(("Handläggare", f"{desk.officer.name}, {desk.officer.title}"))
        fields.append(("Enhet", desk.officer.unit))
    if layout in _ADDRESSED and reader:
        fields.append(("Till", reader))
    if layout is Layout.FORM and party is not None and not party.protected:
        contact = [("Namn", party.name), ("Person- eller organisationsnummer", party.number)]
        contact += [("Adress", party.address), ("Postadress", _place(party)), ("Telefon", party.phone)]
        fields += [(label, value) for label, value in contact if value]
    if layout is Layout.MINUTES and is_own:
        fields.append(("Plats", "Kommunhuset, sammanträdesrummet Eken"))
    return tuple(fields)


def _signature(rng: Random, layout: Layout, desk: Desk, writer: str, *, is_own: bool) -> tuple[str, ...]:
    if layout in _BARE:
        return ()
    if layout is Layout.MINUTES:
        return (f"§ {rng.randint(4, 180)}", "Vid protokollet", desk.officer.name if is_own else writer)
    if is_own:
        return (desk.officer.name, desk.officer.title, desk.officer.phone)
    return ("Med vänlig hälsning", writer)


def _attachment(
    rng: Random, slots: Slots, topics: Bank, writer: str, day: dt.date, outsider: texts.Writer | None
) -> DemoFile:
    return DemoFile(
        name=_file_name(rng, "Bilaga till meddelande", FileKind.PDF, day),
        kind=FileKind.PDF,
        layout=Layout.REPORT,
        title="Bilaga",
        letterhead=writer,
        date=day,
        fields=(("Datum", day.isoformat()),),
        sections=texts.sections(rng, slots, topics, Layout.NOTE, writer=outsider, is_final=False),
    )


def _file_name(rng: Random, name: str, kind: FileKind, day: dt.date) -> str:
    luck = rng.random()
    if luck < 0.12:
        name = f"{name} {day.isoformat()}"
    elif luck < 0.18:
        name = f"{name} (2)"
    elif luck < 0.24:
        name = f"{name}_slutlig"
    return f"{name.translate(_UNFIT)}.{kind}"


def _name(party: DemoParty | None) -> str:
    if party is None:
        return ""
    return NAMELESS if party.protected else party.name


def _email(party: DemoParty | None) -> str:
    if party is None or party.protected or party.email is None:
        return "okand@post.example"
    return party.email


def _place(party: DemoParty) -> str | None:
    return f"{party.postal_code} {party.city}" if party.postal_code and party.city else None


def _writer(record: RecordPlan, party: DemoParty | None) -> texts.Writer:
    return texts.Writer(actor=record.by or "", is_person=party is None or party.kind is PartyKind.PERSON)
