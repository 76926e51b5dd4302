"""Fills {slots} in titles and sentences, with the same word for the same slot through a whole case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from random import Random

from diarium.demo.content.archetypes import Bank

_LOW = "_low"
_OUTCOMES = (6, 9, 10)
_MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni",
    "juli", "augusti", "september", "oktober", "november", "december",
)  # fmt: skip
# Numbers that sentences use: least, most, step.
_RANGES: Mapping[str, tuple[int, int, int]] = {
    "metres": (2, 45, 1),
    "area": (38, 420, 1),
    "hectares": (2, 18, 1),
    "count": (24, 640, 1),
    "days": (14, 60, 1),
    "db": (34, 61, 1),
    "minutes": (15, 75, 5),
    "km": (2, 9, 1),
    "growth": (2, 6, 1),
    "millions": (12, 160, 1),
}
# Sums in kronor.
_SUMS: Mapping[str, tuple[int, int, int]] = {"amount": (60_000, 900_000, 500), "fee": (3_000, 48_000, 100)}


class Slots(dict[str, str]):
    """The words of one case. Drawn at first use, in the order of use, so a seed always gives the same."""

    def __init__(self, rng: Random, opened: dt.date, banks: tuple[Mapping[str, Bank], ...]) -> None:
        super().__init__(
            year=str(opened.year),
            last_year=str(opened.year - 1),
            next_year=str(opened.year + 1),
            later_year=str(opened.year + 3),
            opened_month=_MONTHS[opened.month - 1],
            municipality="Ekdala kommun",
        )
        self._rng = rng
        self._banks = banks
        self._outcome = rng.choices((0, 1, 2), cum_weights=_OUTCOMES)[0]

    def fill(self, text: str) -> str:
        """`text` with its slots filled; of "granted|refused|other" the one that is the case's outcome."""
        if "|" in text:
            outcomes = text.split("|")
            text = outcomes[min(self._outcome, len(outcomes) - 1)]
        return text.format_map(self) if "{" in text else text

    def __missing__(self, name: str) -> str:
        value = self._draw(name)
        self[name] = value
        return value

    def _draw(self, name: str) -> str:
        if name.endswith(_LOW):
            value = self[name.removesuffix(_LOW)]
            return value[:1].lower() + value[1:]
        if name == "property":
            return f"{self['estate']} {self._rng.randint(1, 14)}:{self._rng.randint(1, 160)}"
        if name == "property_file":
            return self["property"].replace(":", "_")
        if name in _SUMS:
            return f"{self._rng.randrange(*_SUMS[name]):,}".replace(",", "\u00a0")
        if name == "percent":
            return str(self._rng.choice((3, 4, 12, 25, 50, 65, 75, 85)))
        if name in _RANGES:
            return str(self._rng.randrange(*_RANGES[name]))
        for bank in self._banks:
            if name in bank:
                return self._rng.choice(bank[name])
        raise KeyError(name)
