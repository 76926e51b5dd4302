"""Rules on single facts: identity numbers, dates, texts, status steps. The one home of each."""

from __future__ import annotations

import datetime as dt
import re

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr, personnummer

from diarium import texts
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.vocabulary import STATUS_LABELS, TRANSITIONS, CaseStatus, PartyKind

MAX_TITLE = 500
EARLIEST = dt.date(1600, 1, 1)
clean_text = texts.clean


def title(value: str, field: str = "title") -> str:
    """A title in one line. Raises: InvalidFact if it is empty or longer than `MAX_TITLE` characters."""
    text = " ".join(clean_text(value).split())
    if not text:
        raise InvalidFact(_("Skriv i korthet vad handlingen rör (OSL 5 kap. 2 §)."), field=field)
    if len(text) > MAX_TITLE:
        raise InvalidFact(
            _(
                "Rubriken är %(length)s tecken lång. Korta den till högst %(most)s.",
                length=len(text),
                most=MAX_TITLE,
            ),
            field=field,
        )
    return text


def short_text(value: str | None, most: int, field: str) -> str | None:
    """A text in one line or nothing. Raises: InvalidFact if longer than `most` characters."""
    text = " ".join(clean_text(value or "").split())
    if len(text) > most:
        raise InvalidFact(
            _("Texten är %(length)s tecken lång. Korta den till högst %(most)s.", length=len(text), most=most),
            field=field,
        )
    return text or None


def required_reason(text: str) -> str:
    """A reason that says something. Raises: InvalidFact."""
    reason = clean_text(text)
    if len(reason) < 3:
        raise InvalidFact(_("Skriv varför. Skälet syns i ärendets historik."), field="reason")
    return reason


def long_text(value: str, most: int, field: str, missing: str) -> str:
    """A text of several lines. Raises: InvalidFact with `missing` if it is empty, or if longer than `most`."""
    text = clean_text(value)
    if not text:
        raise InvalidFact(missing, field=field)
    if len(text) > most:
        raise InvalidFact(
            _("Texten är %(length)s tecken lång. Korta den till högst %(most)s.", length=len(text), most=most),
            field=field,
        )
    return text


def identity_number(kind: PartyKind, value: str | None, field: str = "identity_number") -> str | None:
    """A personal, coordination or organisation number in its full written form.

    Personal numbers get twelve digits (YYYYMMDDNNNC), organisation numbers the form NNNNNN-NNNC. A sole trader's
    organisation number is a personal number, so organisations may have either.

    Raises: InvalidFact if the check digit or the date is wrong. Source: folkbokföringslagen 18 §.
    """
    if value is None or not value.strip():
        return None
    text = value.strip() if value.isascii() else "?"
    if kind is not PartyKind.PERSON and _is_organisation_number(text):
        return str(orgnr.format(orgnr.compact(_without_prefix(text))))
    try:
        return _personal_number(text)
    except ValidationError:
        wanted = _("personnummer") if kind is PartyKind.PERSON else _("organisationsnummer")
        raise InvalidFact(
            _(
                "”%(value)s” är inte ett giltigt %(wanted)s. Kontrollera siffrorna.",
                value=text,
                wanted=wanted,
            ),
            field=field,
        ) from None


def not_in_future(value: dt.date, field: str) -> dt.date:
    """Raises: InvalidFact if the day has not come yet, or lies before any register."""
    if value > today():
        raise InvalidFact(
            _("Datumet %(date)s ligger i framtiden. Ange den dag då det skedde.", date=value.isoformat()),
            field=field,
        )
    if value < EARLIEST:
        raise InvalidFact(_("Datumet %(date)s kan inte stämma.", date=value.isoformat()), field=field)
    return value


def not_before(value: dt.date, earlier: dt.date, message: str, field: str) -> None:
    """Raises: InvalidFact with `message` if `value` lies before `earlier`."""
    if value < earlier:
        raise InvalidFact(message, field=field)


def step(old: CaseStatus, new: CaseStatus) -> CaseStatus:
    """Raises: StatusConflict if a case can't go from `old` to `new`."""
    if new is not old and new not in TRANSITIONS[old]:
        raise StatusConflict(
            _("Ett ärende som är ”%(old)s” kan inte bli ”%(new)s”.",
              old=STATUS_LABELS[old], new=STATUS_LABELS[new]),
            field="status",
        )  # fmt: skip
    return new


def _is_organisation_number(text: str) -> bool:
    compact = _without_prefix(text)
    return bool(orgnr.is_valid(compact)) and int(orgnr.compact(compact)[2]) >= 2


def _without_prefix(text: str) -> str:
    digits = re.sub(r"[\s-]", "", text)
    return digits[2:] if len(digits) == 12 and digits.startswith("16") else text


def _personal_number(text: str) -> str:
    """Twelve digits; a coordination number has 60 added to its day and is checked without that."""
    compact = personnummer.compact(text)
    digits = re.sub(r"[^0-9]", "", compact)
    day = int(digits[-6:-4]) if len(digits) >= 10 else 0
    if 61 <= day <= 91:
        _check_luhn(digits[-10:])
        born = personnummer.get_birth_date(
            compact[: -7 if compact[-5] in "-+" else -6] + f"{day - 60:02d}" + compact[-5:]
        )
        return f"{born:%Y%m}{day:02d}{digits[-4:]}"
    valid = personnummer.validate(text)
    born = personnummer.get_birth_date(valid)
    return f"{born:%Y%m%d}{digits[-4:]}"


def _check_luhn(digits: str) -> None:
    luhn.validate(digits)
