"""What a template may hold: values of the registration form, each checked where it would be checked anyway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from sqlalchemy.orm import Session

from diarium.assistance.errors import InvalidTemplate
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.register import lookup, rules
from diarium.register.models import Authority
from diarium.register.vocabulary import Direction, Medium, PartyKind
from diarium.secrecy import marking
from diarium.secrecy.models import Scope

# Texts may end with a blank, after which the registrar goes on writing.
TEXTS: Mapping[str, int] = {"title": 500, "case_title": 500, "record_type": 100, "case_type": 100, "note": 2000}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "direction": tuple(Direction),
    "case_choice": ("existing", "new"),
    "medium": tuple(Medium),
    "secrecy": ("open", "marked"),
    "scope": tuple(Scope),
    "party-0-kind": tuple(PartyKind),
}
PARTY_TEXTS: Mapping[str, int] = {"party-0-name": 200, "party-0-email": 254}
NAMES = ("classification", "responsible", "unit", "provision")
FIELDS: tuple[str, ...] = (*TEXTS, *CHOICES, *PARTY_TEXTS, *NAMES)
"""The fields of the form that a template may fill in: no day, number or file."""


def checked(session: Session, owner: Authority, values: Mapping[str, str]) -> dict[str, str]:
    """The values as they are kept: only known fields that are filled in.

    Raises: InvalidTemplate at the field.
    """
    given = {name: values[name] for name in FIELDS if values.get(name, "").strip()}
    kept = {
        name: _text(name, given[name], most) for name, most in {**TEXTS, **PARTY_TEXTS}.items() if name in given
    }
    for name, allowed in CHOICES.items():
        if name in given:
            kept[name] = _choice(name, given[name], allowed)
    for name in NAMES:
        if name in given:
            kept[name] = _known(session, owner, name, given[name])
    if kept.get("secrecy") != "marked":
        kept = {name: value for name, value in kept.items() if name not in ("provision", "scope")}
    elif "provision" not in kept:
        raise InvalidTemplate(
            _("Ange lagrummet, till exempel 26:1, eller välj ”Bedöms offentlig”."), field="provision"
        )
    _check_no_person(kept)
    return kept


def _text(name: str, value: str, most: int) -> str:
    text = " ".join(rules.clean_text(value).split()) if name != "note" else rules.clean_text(value)
    if len(text) > most:
        raise InvalidTemplate(
            _("Texten är %(length)s tecken lång. Korta den till högst %(most)s.", length=len(text), most=most),
            field=name,
        )
    return f"{text} " if name in ("title", "case_title") and value.endswith(" ") and len(text) < most else text


def _choice(name: str, value: str, allowed: tuple[str | StrEnum, ...]) -> str:
    if value not in allowed:
        raise InvalidTemplate(_("Välj ett av de värden som finns."), field=name)
    return value


def _known(session: Session, owner: Authority, name: str, value: str) -> str:
    """A class, user, unit or provision that exists, by the rules of registering."""
    text = value.strip()
    finders: Mapping[str, Callable[[], object]] = {
        "classification": lambda: lookup.classification(session, text.split(" ")[0]),
        "responsible": lambda: lookup.officer(session, owner, text),
        "unit": lambda: lookup.unit(session, owner, text),
        "provision": lambda: marking.find_provision(session, text),
    }
    try:
        finders[name]()
    except DomainError as error:
        raise InvalidTemplate(error.message, field=name) from None
    return text.split(" ")[0] if name == "classification" else text


def _check_no_person(kept: Mapping[str, str]) -> None:
    """Everybody who registers at the authority sees its templates: private persons have no place there."""
    if (
        any(name in kept for name in PARTY_TEXTS)
        and kept.get("party-0-kind", PartyKind.PERSON) == PartyKind.PERSON
    ):
        raise InvalidTemplate(
            _("En mall ska inte innehålla uppgifter om en privatperson. Välj organisation eller myndighet."),
            field="party-0-kind",
        )
