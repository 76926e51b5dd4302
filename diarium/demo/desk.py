"""What lies about a registrar's desk: contacts, templates, days to watch, notes, and who works where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.assistance import templates as registration_templates
from diarium.contacts import service as contacts
from diarium.contacts.service import ContactFacts
from diarium.correspondence import noting
from diarium.correspondence import templates as letter_templates
from diarium.correspondence.noting import Note
from diarium.correspondence.vocabulary import Means
from diarium.demo.content.archetypes import words
from diarium.demo.content.chance import chance
from diarium.demo.content.model import DemoMunicipality, DemoParty
from diarium.demo.content.parties import organisation
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.lists import saving
from diarium.lists.models import SEARCH, Subscription
from diarium.lists.saving import SavedFacts
from diarium.register import deadlines, notes
from diarium.register.deadlines import DeadlineFacts
from diarium.register.models import Case
from diarium.register.models.authority import Unit, UnitMember
from diarium.register.vocabulary import FINISHED, DeadlineKind, Direction
from diarium.workdays import next_workday

_KNOWN: dict[str, tuple[str, ...]] = {
    "KS": ("supplier", "company"),
    "SBN": ("builder", "company"),
    "SN": ("eatery",),
    "KFN": ("association",),
}
"""Whom each authority has in its contact register: kinds of organisations of the word lists."""

_AUTHORITIES = ("Länsstyrelsen", "Lantmäteriet", "Trafikverket")
_WATCHED_SHARE, _NOTED_SHARE = 0.3, 0.2
_MOST_WATCHED = 60  # what a real desk has at the same time; more would not show more
_MOST_POSTED = 12
_WATCHED: tuple[tuple[DeadlineKind, str], ...] = (
    (DeadlineKind.ANSWER, "Svar från den som fått frågan"),
    (DeadlineKind.COMPLETION, "Komplettering ska ha kommit in"),
    (DeadlineKind.FOLLOW_UP, "Följ upp hur det går"),
    (DeadlineKind.APPEAL, "Tiden för överklagande går ut"),
)
_NOTES = (
    "Ringde och berättade vem som handlägger. Återkommer när handlingarna är kompletta.",
    "Har talat med handläggaren. Ärendet tas upp vid nästa sammanträde.",
    "Den som frågade fick veta att beslutet ännu inte är fattat.",
    "Pärmen med originalritningarna är utlånad till handläggaren.",
)
_DAYS_AHEAD = 40
_SAVED: tuple[tuple[str, dict[str, list[str]], SavedFacts], ...] = (
    ("arenden", {"authority": ["SBN"], "open": ["1"]}, SavedFacts("Öppna byggärenden", shared_with="SBN")),
    ("arenden", {"class": ["1.3.1"], "open": ["1"]}, SavedFacts("Remisser att svara på", Subscription.DAILY)),
    (SEARCH, {"q": ["överklagande"]}, SavedFacts("Allt om överklaganden", Subscription.WEEKLY)),
)
"""Lists and a search that the registrar has saved."""


def furnish(session: Session, registrar: Actor, content: DemoMunicipality, seed: int) -> None:
    """Adds contacts, registration templates, letters, saved lists, and which officers work in which unit."""
    for authority in content.authorities:
        registration_templates.add_shipped(session, registrar, authority.code)
        letter_templates.add_shipped(session, registrar, authority.code)
        for name in _AUTHORITIES:
            _add_contact(session, registrar, authority.code, organisation(seed, "authority", name))
        for kind in _KNOWN.get(authority.code, ()):
            for name in words().organisations[kind]:
                _add_contact(session, registrar, authority.code, organisation(seed, kind, name))
    _add_members(session, content)
    for target, parameters, facts in _SAVED:
        saving.save(session, registrar, target, parameters, facts)


def work(session: Session, registrar: Actor, cases: Sequence[Case], seed: int, today: dt.date) -> None:
    """What registrars do in some of the open cases: watch days, note telephone calls, note what went by post."""
    rng = chance(seed, "desk")
    watched = posted = 0
    for case in reversed(cases):  # the latest first: what is watched is what goes on
        if case.status in FINISHED:
            continue
        if watched < _MOST_WATCHED and rng.random() < _WATCHED_SHARE:
            kind, text = rng.choice(_WATCHED)
            day = next_workday(today + dt.timedelta(rng.randint(-1, _DAYS_AHEAD)))
            deadlines.add(session, registrar, case, DeadlineFacts(day, text, kind))
            watched += 1
        if watched <= _MOST_WATCHED and rng.random() < _NOTED_SHARE:
            notes.add(session, registrar, case, rng.choice(_NOTES))
        sent = [record for record in case.records if record.direction is Direction.OUTGOING]
        if sent and posted < _MOST_POSTED:
            noting.note(session, registrar, sent[-1].uid, Note(Means.POST, sent[-1].official_on))
            posted += 1


def _add_contact(session: Session, registrar: Actor, code: str, party: DemoParty) -> None:
    facts = ContactFacts(
        name=party.name,
        kind=party.kind,
        identity_number=party.number,
        address=party.address,
        postal_code=party.postal_code,
        city=party.city,
        email=party.email,
        phone=party.phone,
    )
    contacts.add(session, registrar, code, facts)


def _add_members(session: Session, content: DemoMunicipality) -> None:
    users = {user.username: user.id for user in session.scalars(select(User))}
    units = {(unit.authority.code, unit.name): unit.id for unit in session.scalars(select(Unit))}
    session.add_all(
        UnitMember(unit_id=units[code, user.unit], user_id=users[user.username])
        for user in content.users
        for code in user.authorities
        if (code, user.unit) in units
    )
