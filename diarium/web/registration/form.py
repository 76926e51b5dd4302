"""The registration form: flat fields in, a command out, and every message at the field where it belongs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from diarium.i18n import gettext as _
from diarium.register import rules
from diarium.register.commands import NewRecord
from diarium.register.errors import InvalidFact
from diarium.register.registration import default_party_role
from diarium.register.schemas import new_record
from diarium.register.vocabulary import Direction, PartyKind

PARTY_ROWS = 3
# What belongs to the page or to a button, not to what is being registered.
PAGE_FIELDS = frozenset(
    {"csrf_token", "kept_file", "offered_file", "then", "do", "choose_case", "choose_party", "use", "move",
     "template", "post", "post_version", "draft_key", "confirm_public", "confirm_locked"}
)  # fmt: skip
_UNREADABLE = "\ufffd"
_PARTY_FIELDS = ("name", "kind", "identity_number", "address", "postal_code", "city", "email", "phone")
# Without separators all six or eight digits; a year of two digits only where nothing else can come first.
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<year>[0-9]{4})([-./ ])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{2})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    )
)
_FIRST_YEAR_OF_1900 = 70
# Names of the command's fields → ids of the form's fields, where they differ.
_FIELD_IDS = {
    "new_case.title": "case_title",
    "new_case.public_title": "case_public_title",
    "new_case.authority": "authority",
    "sender": "party-0-name",
    "party": "party-0-name",
    "name": "party-0-name",
    "identity_number": "party-0-identity_number",
    "provision": "provision",
    "series": "authority",
    "opened_on": "official_on",
}


class FormErrors(Exception):
    """What has to be mended, per field id."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("form")
        self.errors = dict(errors)


def to_command(values: Mapping[str, str]) -> NewRecord:
    """The command that the form asks for. Raises: FormErrors."""
    facts: dict[str, Any] = {
        key: values.get(key, "").strip() or None
        for key in ("title", "public_title", "record_type", "document_date", "physical_location", "note")
    }
    facts["title"] = values.get("title", "").strip()
    facts["direction"] = values.get("direction", "")
    facts["official_on"] = tolerant_date(values.get("official_on", ""))
    facts["document_date"] = tolerant_date(values.get("document_date", "")) or None
    facts["medium"] = values.get("medium") or "digital"
    rows = _parties(values)
    facts["parties"] = list(rows.values())
    facts["restrictions"] = _restrictions(values)
    errors = _row_errors(rows) | _title_errors(values)
    if values.get("case_choice") == "new":
        facts["new_case"] = _new_case(values)
    elif values.get("case", "").strip():
        facts["case"] = values["case"].strip()
    else:
        errors["case"] = _("Skriv ärendets nummer, eller välj att öppna ett nytt ärende.")
    if values.get("direction") == "incoming" and not rows:
        errors["party-0-name"] = _("Skriv vem som har skickat handlingen, eller ”Okänd” (OSL 5 kap. 2 §).")
    try:
        command = new_record(facts)
    except ValidationError as failure:
        raise FormErrors(_flat(failure.messages_dict, list(rows)) | errors) from None
    if errors:
        raise FormErrors(errors)
    return command


def cleaned(values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """`values` without characters that can't be seen or read, and a message at each field that had any.

    Nobody typed them knowingly: they come with what was pasted. So the field keeps all the rest.
    """
    kept, errors = dict(values), {}
    for name, value in values.items():
        if name in PAGE_FIELDS or not _has_unwanted(value):
            continue
        kept[name] = rules.clean_text(value.replace(_UNREADABLE, ""))
        errors[name] = _(
            "Texten innehöll tecken som inte syns eller inte går att läsa (styrtecken, vändtecken). De är "
            "borttagna. Kontrollera texten och registrera igen."
        )
    return kept, errors


def facts_of(values: Mapping[str, str]) -> dict[str, str]:
    """What of the form is kept in a draft: everything but what belongs to the page."""
    return {name: value for name, value in values.items() if name not in PAGE_FIELDS}


def field_id(name: str | None) -> str:
    """The id of the form's field for a field of the command."""
    return _FIELD_IDS.get(name or "", name or "")


def filled_rows(values: Mapping[str, str]) -> frozenset[int]:
    """The rows of parties where something is filled in."""
    return frozenset(_parties(values))


def tolerant_date(text: str) -> str:
    """20240501, 240501, 2024.5.1 and 24-05-01 as 2024-05-01; anything else as it is, for the schema to refuse.

    What could be read in more than one way is not guessed at: 01/05/24, 1224.
    """
    written = text.strip()
    for pattern in _DATES:
        if found := pattern.fullmatch(written):
            year = int(found["year"])
            if len(found["year"]) == 2:
                year += 2000 if year < _FIRST_YEAR_OF_1900 else 1900
            return f"{year}-{int(found['month']):02d}-{int(found['day']):02d}"
    return written


def _has_unwanted(value: str) -> bool:
    if value.isascii() and value.isprintable():
        return False
    plain = "".join(unicodedata.normalize("NFC", value).split())
    return _UNREADABLE in value or plain != "".join(rules.clean_text(value).split())


def _new_case(values: Mapping[str, str]) -> dict[str, object]:
    return {
        "authority": values.get("authority", ""),
        "title": values.get("case_title", "").strip(),
        "public_title": values.get("case_public_title", "").strip() or None,
        "classification": values.get("classification", "").strip().split(" ")[0] or None,
        "case_type": values.get("case_type", "").strip() or None,
        "responsible": values.get("responsible", "").strip() or None,
        "unit": values.get("unit", "").strip() or None,
        "initiative": "received" if values.get("direction") == "incoming" else "own",
    }


def _parties(values: Mapping[str, str]) -> dict[int, dict[str, object]]:
    """The parties by the form's rows. A row where anything but the kind is filled in is one."""
    try:
        role = default_party_role(Direction(values.get("direction", "")))
    except ValueError:
        role = default_party_role(Direction.INCOMING)
    parties: dict[int, dict[str, object]] = {}
    for row in range(PARTY_ROWS):
        facts: dict[str, object] = {
            field: values.get(f"party-{row}-{field}", "").strip() or None for field in _PARTY_FIELDS
        }
        is_protected = values.get(f"party-{row}-is_protected") == "1"
        if is_protected or any(value for field, value in facts.items() if field != "kind"):
            kind = facts["kind"] or PartyKind.PERSON.value
            parties[row] = {**facts, "kind": kind, "is_protected": is_protected, "role": role.value}
    return parties


def _title_errors(values: Mapping[str, str]) -> dict[str, str]:
    """What the register would refuse later, told together with the rest."""
    errors: dict[str, str] = {}
    if values.get("case_choice") == "new" and not values.get("case_title", "").strip():
        errors["case_title"] = _("Skriv vad ärendet rör.")
    for field in ("title", "case_title") if values.get("case_choice") == "new" else ("title",):
        try:
            rules.title(values.get(field, ""), field)
        except InvalidFact as error:
            errors.setdefault(field, error.message)
    return errors


def _row_errors(rows: Mapping[int, Mapping[str, object]]) -> dict[str, str]:
    """What the schema can't tell of a party, at the row where it stands."""
    errors: dict[str, str] = {}
    for row, facts in rows.items():
        if not facts["name"]:
            errors[f"party-{row}-name"] = _("Skriv namnet, eller töm de andra fälten i raden.")
        kind, number = facts["kind"], facts["identity_number"]
        if kind in list(PartyKind) and isinstance(number, str):
            try:
                rules.identity_number(PartyKind(str(kind)), number)
            except InvalidFact as error:
                errors[f"party-{row}-identity_number"] = error.message
    return errors


def _restrictions(values: Mapping[str, str]) -> list[dict[str, object]]:
    if values.get("secrecy") != "marked":
        return []
    return [
        {
            "provision": values.get("provision", "").strip(),
            "scope": values.get("scope") or "whole",
            "note": values.get("restriction_note", "").strip() or None,
            "review_on": tolerant_date(values.get("review_on", "")) or None,
        }
    ]


def _flat(messages: Mapping[str, Any], rows: Sequence[int], prefix: str = "") -> dict[str, str]:
    """The schema's messages by the ids of the form's fields; its parties are counted without the empty `rows`."""
    flat: dict[str, str] = {}
    for key, value in messages.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flat(value, rows, f"{name}.")
            continue
        text = " ".join(str(item) for item in value) if isinstance(value, list) else str(value)
        flat[_form_id(name, rows)] = text
    return flat


def _form_id(name: str, rows: Sequence[int]) -> str:
    party = re.fullmatch(r"parties\.(\d+)\.(\w+)", name)
    if party:
        return f"party-{rows[int(party[1])]}-{party[2]}"
    restriction = re.fullmatch(r"restrictions\.\d+\.(\w+)", name)
    if restriction:
        return {"note": "restriction_note"}.get(restriction[1], restriction[1])
    return _FIELD_IDS.get(name, name.removeprefix("new_case."))
