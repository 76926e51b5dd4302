"""The registration form: flat fields in, a command out, and every message at the field where it belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from diarium.i18n import gettext as _
from diarium.register.commands import NewRecord
from diarium.register.registration import default_party_role
from diarium.register.schemas import new_record
from diarium.register.vocabulary import Direction

PARTY_ROWS = 3
_PARTY_FIELDS = ("name", "kind", "identity_number", "address", "postal_code", "city", "email", "phone")
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
    facts["parties"] = _parties(values)
    facts["restrictions"] = _restrictions(values)
    errors: dict[str, str] = {}
    if values.get("case_choice") == "new":
        facts["new_case"] = _new_case(values)
        if not values.get("case_title", "").strip():
            errors["case_title"] = _("Skriv vad ärendet rör.")
    elif values.get("case", "").strip():
        facts["case"] = values["case"].strip()
    else:
        errors["case"] = _("Skriv ärendets nummer, eller välj att öppna ett nytt ärende.")
    if values.get("direction") == "incoming" and not facts["parties"]:
        errors["party-0-name"] = _("Skriv vem som har skickat handlingen, eller ”Okänd” (OSL 5 kap. 2 §).")
    try:
        command = new_record(facts)
    except ValidationError as failure:
        raise FormErrors(_flat(failure.messages_dict) | errors) from None
    if errors:
        raise FormErrors(errors)
    return command


def field_id(name: str | None) -> str:
    """The id of the form's field for a field of the command."""
    return _FIELD_IDS.get(name or "", name or "")


def tolerant_date(text: str) -> str:
    """20240501, 2024.05.01 and 24-05-01 as 2024-05-01; anything else as it is, for the schema to refuse."""
    found = re.fullmatch(r"\s*((?:19|20)?\d{2})[-./ ]?(\d{1,2})[-./ ]?(\d{1,2})\s*", text)
    if found is None:
        return text.strip()
    year, month, day = found.groups()
    return f"{year if len(year) == 4 else '20' + year}-{int(month):02d}-{int(day):02d}"


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


def _parties(values: Mapping[str, str]) -> list[dict[str, object]]:
    try:
        role = default_party_role(Direction(values.get("direction", "")))
    except ValueError:
        role = default_party_role(Direction.INCOMING)
    parties = []
    for row in range(PARTY_ROWS):
        facts: dict[str, object] = {
            field: values.get(f"party-{row}-{field}", "").strip() or None for field in _PARTY_FIELDS
        }
        if facts["name"]:
            facts["kind"] = facts["kind"] or "person"
            facts["is_protected"] = values.get(f"party-{row}-is_protected") == "1"
            parties.append({**facts, "role": role.value})
    return parties


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


def _flat(messages: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in messages.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{name}.")
            continue
        text = " ".join(str(item) for item in value) if isinstance(value, list) else str(value)
        flat[_form_id(name)] = text
    return flat


def _form_id(name: str) -> str:
    party = re.fullmatch(r"parties\.(\d+)\.(\w+)", name)
    if party:
        return f"party-{party[1]}-{party[2]}"
    restriction = re.fullmatch(r"restrictions\.\d+\.(\w+)", name)
    if restriction:
        return {"note": "restriction_note"}.get(restriction[1], restriction[1])
    return _FIELD_IDS.get(name, name.removeprefix("new_case."))
