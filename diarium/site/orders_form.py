"""The form of an order: what was typed, what is wrong with it, and the letter that it becomes.

Nobody is asked who they are or why they ask. Source: TF 2 kap. 18 §.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import request

from diarium import texts
from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.letterbox import letters
from diarium.letterbox.addresses import email_address
from diarium.letterbox.letters import MOST_ITEMS, ContactWay, Order, OrderedItem
from diarium.public.ordering import OrderedEntry
from diarium.texts import InvalidText

WAYS: Mapping[ContactWay, str] = {
    ContactWay.EMAIL: "epost",
    ContactWay.PHONE: "telefon",
    ContactWay.POST: "adress",
    ContactWay.VISIT: "",
}
"""The field that goes with each way to be answered."""
TRAP = "webbplats"
"""A field that people do not see and leave empty."""
_FIELDS = ("kontakt", "epost", "telefon", "adress", "namn", "meddelande", "myndighet", TRAP)


@dataclass(frozen=True, slots=True)
class OrderForm:
    """What stands in the form. `key`: of this form, so that it counts once; `is_cut`: too much was chosen."""

    numbers: tuple[str, ...]
    typed: Mapping[str, str]
    key: uuid.UUID
    is_cut: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def way(self) -> ContactWay | None:
        """The chosen way to be answered."""
        text = self.typed.get("kontakt", "")
        return ContactWay(text) if text in list(ContactWay) else None

    def order(self, entries: Iterable[OrderedEntry], authorities: Iterable[str]) -> Order | None:
        """The order, if nothing is wrong; else `errors` tells what is."""
        chosen = self.typed.get("myndighet", "")
        authority = chosen if chosen in list(authorities) else ""
        items = tuple(_item(entry, authority) for entry in entries)
        message = self._text("meddelande", letters.MAX_MESSAGE)
        name = self._text("namn", letters.MAX_NAME)
        if not items and not message:
            self.errors["meddelande"] = _("Lägg till ett nummer ovan, eller beskriv här vad du vill ta del av.")
        way, contact = self.way, ""
        if way is None:
            self.errors["kontakt"] = _("Välj hur du vill få svar.")
        else:
            contact = self._contact(way)
        if self.typed.get(TRAP):
            self.errors[TRAP] = _("Lämna fältet tomt. Det är till för att hålla robotar borta.")
        if self.errors or way is None:
            return None
        return Order(items, way, contact, name or None, message, current_locale(), authority)

    def _contact(self, way: ContactWay) -> str:
        name = WAYS[way]
        if not name:
            return ""
        text = self._text(name, letters.MAX_CONTACT)
        if not text:
            self.errors.setdefault(name, _missing(way))
        elif way is ContactWay.EMAIL:
            address = email_address(text)
            if address is None:
                self.errors[name] = _("Det är ingen e-postadress. Skriv som namn@exempel.se.")
            return address or ""
        elif way is ContactWay.PHONE and sum(character.isdigit() for character in text) < 5:
            self.errors[name] = _("Det är inget telefonnummer. Skriv som 070-123 45 67.")
        return text

    def _text(self, name: str, most: int) -> str:
        try:
            return texts.lines(self.typed.get(name), most, name)
        except InvalidText as error:
            self.errors[name] = error.message
            return ""


def read_basket() -> OrderForm:
    """The form as the address asks for it: with numbers, else empty."""
    numbers, is_cut = clean_numbers(request.args.getlist("handling"))
    return OrderForm(numbers, {}, uuid.uuid4(), is_cut)


def read_sent() -> OrderForm:
    """The form as it was sent."""
    numbers, is_cut = clean_numbers(request.form.getlist("handling"))
    typed = {name: request.form.get(name, "").replace("\0", "") for name in _FIELDS}
    try:
        key = uuid.UUID(request.form.get("nyckel", ""))
    except ValueError:
        key = uuid.uuid4()
    return OrderForm(numbers, typed, key, is_cut)


def clean_numbers(given: Iterable[str]) -> tuple[tuple[str, ...], bool]:
    """At most `MOST_ITEMS` numbers, each once; and whether there were more."""
    lines = (" ".join(texts.clean(text[: 2 * letters.MAX_NUMBER]).split()) for text in given)
    found = tuple(dict.fromkeys(line[: letters.MAX_NUMBER] for line in lines if line))
    return found[:MOST_ITEMS], len(found) > MOST_ITEMS


def _item(entry: OrderedEntry, authority: str) -> OrderedItem:
    return OrderedItem(
        record_number=entry.number[: letters.MAX_NUMBER],
        record_uid=entry.record.uid if entry.record is not None else None,
        authority=entry.case.authority_code if entry.case else authority,
    )


def _missing(way: ContactWay) -> str:
    return {
        ContactWay.EMAIL: _("Skriv e-postadressen som svaret ska gå till."),
        ContactWay.PHONE: _("Skriv telefonnumret som vi kan nå dig på."),
        ContactWay.POST: _("Skriv adressen som svaret ska gå till."),
    }[way]
