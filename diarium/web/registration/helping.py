"""The form's helping buttons as the server answers them: the form comes back with more in it, nothing registered.

With JavaScript the same buttons act in the page (registration.js, suggestions.js, picker.js).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diarium.assistance.suggestions import Suggestion
from diarium.contacts.queries import ContactHit
from diarium.i18n import lazy_gettext as _l
from diarium.web.registration.form import PARTY_ROWS

FIELD_LABELS: Mapping[str, str] = {
    "authority": _l("Myndighet"),
    "classification": _l("Klass"),
    "case_type": _l("Ärendetyp"),
    "responsible": _l("Handläggare"),
    "unit": _l("Enhet"),
    "record_type": _l("Handlingstyp"),
    "party-0-kind": _l("Avsändarens eller mottagarens slag"),
    "provision": _l("Sekretessmarkering"),
    "scope": _l("Markeringen omfattar"),
}
_ORDER = {field: place for place, field in enumerate(FIELD_LABELS)}
# A choice that the form makes by itself counts as not made yet.
_DEFAULTS = {"scope": "whole", "party-0-kind": "person"}
_OF_NEW_CASE = frozenset({"authority", "classification", "case_type", "responsible", "unit"})
_PARTY_FIELDS = ("name", "kind", "identity_number", "address", "postal_code", "city", "email", "phone")
_BUTTONS = ("do", "choose_case", "choose_party", "use", "move")


@dataclass(frozen=True, slots=True)
class ShownSuggestion:
    """A suggestion as the form shows it. `pair`: what its button sends."""

    field: str
    field_label: str
    value: str
    label: str
    why: str
    is_best: bool

    @property
    def pair(self) -> str:
        """The field and the value in one text."""
        return f"{self.field}={self.value}"


def is_asked_for(form: Mapping[str, str]) -> bool:
    """Whether a helping button was pressed, and not one that registers."""
    return any(form.get(name) for name in _BUTTONS)


def open_suggestions(values: Mapping[str, str], suggestions: Iterable[Suggestion]) -> tuple[ShownSuggestion, ...]:
    """The suggestions that still say something new: not what stands there, nor of a case that is not opened."""
    shown: list[ShownSuggestion] = []
    known = [item for item in suggestions if item.field in FIELD_LABELS]
    for item in sorted(known, key=lambda one: _ORDER[one.field]):
        if _is_same(_value(values, item.field), item.value, item.field):
            continue
        if item.field in _OF_NEW_CASE and values.get("case_choice") == "existing":
            continue
        is_best = item.field not in {other.field for other in shown}
        label = str(FIELD_LABELS[item.field])
        shown.append(ShownSuggestion(item.field, label, item.value, item.label, item.why, is_best))
    return tuple(shown)


def with_all(values: Mapping[str, str], suggestions: Iterable[ShownSuggestion]) -> dict[str, str]:
    """`values` with the best suggestion in each field that is empty. What was typed stays."""
    filled = dict(values)
    for item in suggestions:
        if item.is_best and _is_open(filled, item.field):
            filled = with_value(filled, item.field, item.value)
    return filled


def with_pair(values: Mapping[str, str], pair: str) -> dict[str, str]:
    """`values` with one suggestion, as its button sends it."""
    field, _equals, value = pair.partition("=")
    return with_value(values, field, value) if field in FIELD_LABELS else dict(values)


def with_value(values: Mapping[str, str], field: str, value: str) -> dict[str, str]:
    """`values` with one more, and with what goes with it: a provision is a marking."""
    filled = {**values, field: value}
    if field == "provision":
        filled["secrecy"] = "marked"
    return filled


def with_case(values: Mapping[str, str], choice: str) -> dict[str, str]:
    """`values` for the case with the number `choice`, or for a new one ("new")."""
    if choice == "new":
        return {**values, "case_choice": "new"}
    return {**values, "case_choice": "existing", "case": choice[:60]}


def party_choice(row: int, hit: ContactHit) -> str:
    """What the button that chooses `hit` for the party in `row` sends."""
    return json.dumps({"row": row, "values": hit.form_values(row)}, ensure_ascii=False)


def with_party(values: Mapping[str, str], choice: str) -> dict[str, str]:
    """`values` with the chosen party; where the button's text can't be read, as they were."""
    try:
        facts = json.loads(choice)
        given = {str(name): str(value) for name, value in facts["values"].items()}
        row = int(facts["row"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return dict(values)
    known = {f"party-{row}-{field}" for field in _PARTY_FIELDS} if row in range(PARTY_ROWS) else set()
    return {**values, **{name: value for name, value in given.items() if name in known and value}}


def with_template(values: Mapping[str, str], template: Mapping[str, str]) -> dict[str, str]:
    """`values` with those of a template in the fields that are empty, and the choices that it makes."""
    choices = {"direction", "case_choice", "medium", "secrecy", "scope", "authority", "party-0-kind"}
    return {
        **values,
        **{name: value for name, value in template.items() if name in choices or not values.get(name, "").strip()},
    }


def _value(values: Mapping[str, str], field: str) -> str:
    return values.get(field, "").strip() or _DEFAULTS.get(field, "")


def _is_open(values: Mapping[str, str], field: str) -> bool:
    """Whether nobody has chosen anything there yet."""
    return _value(values, field) == _DEFAULTS.get(field, "")


def _is_same(present: str, suggested: str, field: str) -> bool:
    if field == "classification":
        return present.strip().split(" ")[0] == suggested.split(" ")[0]
    return present.strip().casefold() == suggested.strip().casefold()
