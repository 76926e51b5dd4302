"""The rules of FGS Ärendehantering 1.0 for one case or record, once all of it has been read.

They speak of how facts go together, which the schema cannot see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from diarium.archive.validation import legacy_values as values
from diarium.archive.validation.compact_set import CompactSet
from diarium.i18n import gettext as _

Told = tuple[str, str]
"""A rule and what is wrong, in words."""
DATES: Final = (
    "Skapad",
    "Inkommen",
    "Upprattad",
    "Expedierad",
    "Beslutat",
    "Avslutat",
    "Arkiverat",
    "SistaAnvandandetidpunkt",
)
TEXTS: Final = frozenset(
    {
        *DATES,
        "ArkivobjektID",
        "Arendemening",
        "Rubrik",
        "Beskrivning",
        "StatusArande",
        "StatusHandling",
        "Lopnummer",
        "Klass",
        "KlassReferens",
    }
)
"""Elements of a case or record whose text is looked at."""
_OPEN: Final = frozenset({"Öppet", "Vilande"})
_CLOSED: Final = frozenset({"Stängt", "Ad Acta."})
_DAY_OF_STATUS: Final = {"Inkommen": "Inkommen", "Expedierad": "Expedierad", "Upprättad": "Upprattad"}
_ORDER: Final = (("Inkommen", "Avslutat"), ("Upprattad", "Avslutat"), ("Avslutat", "Arkiverat"))
_CLOCK_SLACK: Final = dt.timedelta(days=1)


@dataclass(slots=True)
class Item:
    """A case or record being read: its texts by element, the names of its attachments."""

    texts: dict[str, str] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        return self.texts.get(name, "").strip()


class Judge:
    """Judges cases and records, remembering what must be unique. `now`: local time, without zone."""

    def __init__(self, now: dt.datetime) -> None:
        self._latest = now + _CLOCK_SLACK
        self._case_numbers = CompactSet()
        self._system_ids = CompactSet()
        self._record_numbers = CompactSet()
        self._running_numbers = CompactSet()
        self.count = 0

    def case(self, case: Item, system_id: str | None) -> Iterator[Told]:
        """What is wrong with a case. Its records have been judged before."""
        self.count += 1
        self._record_numbers, self._running_numbers = CompactSet(), CompactSet()
        yield from self._number(case, self._case_numbers.add)
        yield from self._system_id(system_id)
        if not case.text("Arendemening"):
            yield "ARENDE-MENING", _("Ärendet har ingen ärendemening.")
        if not case.text("Klass") and not case.text("KlassReferens"):
            yield "ARENDE-KLASS", _("Ärendet är inte klassificerat.")
        yield from _case_status(case)
        yield from self._dates(case)

    def record(self, record: Item, system_id: str | None) -> Iterator[Told]:
        """What is wrong with a record."""
        self.count += 1
        yield from self._number(record, self._record_numbers.add)
        yield from self._system_id(system_id)
        if not record.text("Rubrik") and not record.text("Beskrivning"):
            yield "ARENDE-RUBRIK", _("Handlingen har varken rubrik eller beskrivning.")
        number = record.text("Lopnummer")
        if number and not self._running_numbers.add(number):
            yield "ARENDE-LOPNUMMER", _("Löpnummer %(number)s finns redan i ärendet.", number=number[:40])
        status = record.text("StatusHandling")
        if status in _DAY_OF_STATUS and not record.text(_DAY_OF_STATUS[status]):
            yield (
                "ARENDE-HANDLINGSDATUM",
                _("Handlingen är %(status)s men saknar %(date)s.", status=status, date=_DAY_OF_STATUS[status]),
            )
        yield from self._dates(record)

    def _number(self, item: Item, is_new: Callable[[str], bool]) -> Iterator[Told]:
        number = item.text("ArkivobjektID")
        if not number:
            yield "ARENDE-ID", _("Beteckningen (ArkivobjektID) är tom.")
        elif not is_new(number):
            yield "ARENDE-ID-TWICE", _("Beteckningen %(number)s används mer än en gång.", number=number[:80])

    def _system_id(self, text: str | None) -> Iterator[Told]:
        if text is None or not values.is_system_identifier(text):
            told = _("Systemidentifierare är ”%(id)s”, inget UUID.", id=(text or "")[:80])
            yield "ARENDE-SYSTEMID", told
        if text is not None and text.strip() and not self._system_ids.add(text.strip()):
            told = _("Systemidentifierare %(id)s används mer än en gång.", id=text.strip()[:80])
            yield "ARENDE-SYSTEMID-TWICE", told

    def _dates(self, item: Item) -> Iterator[Told]:
        known: dict[str, dt.datetime] = {}
        for name in DATES:
            text = item.text(name)
            if not text:
                continue
            moment = values.day_or_time(text)
            if moment is None:
                yield "ARENDE-DATE", _("%(name)s är ”%(text)s”, som inte finns.", name=name, text=text[:40])
                continue
            known[name] = moment
            if moment > self._latest:
                yield "ARENDE-DATES", _("%(name)s ligger i framtiden: %(text)s.", name=name, text=text[:40])
        for earlier, later in _ORDER:
            # a year or month alone begins before any day in it
            if earlier in known and later in known and _is_later(item.text(earlier), item.text(later)):
                yield (
                    "ARENDE-DATES",
                    _(
                        "%(earlier)s (%(first)s) är senare än %(later)s (%(second)s).",
                        earlier=earlier,
                        first=item.text(earlier),
                        later=later,
                        second=item.text(later),
                    ),
                )


def _case_status(case: Item) -> Iterator[Told]:
    status, closed = case.text("StatusArande"), case.text("Avslutat")
    if not status:
        yield "ARENDE-STATUS", _("Ärendet har ingen status.")
    elif status in _OPEN:
        yield "ARENDE-OPEN", _("Ärendet är inte avslutat: %(status)s.", status=status)
        if closed:
            yield "ARENDE-AVSLUTAT", _("Ärendet är %(status)s men har ett datum i Avslutat.", status=status)
    elif status in _CLOSED and not closed:
        yield "ARENDE-AVSLUTAT", _("Ärendet är %(status)s men saknar datum i Avslutat.", status=status)


def _is_later(first: str, second: str) -> bool:
    """As far as both are told: 2024 is not later than 2024-03-01."""
    length = min(len(first), len(second))
    return first[:length] > second[:length]
