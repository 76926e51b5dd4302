"""What copies cost: a tariff as data, computed for the whole request and shown, never demanded.

Reading on the spot is free (TF 2 kap. 15 §). A municipality decides its own tariff; the one that comes with the
program follows the state's. Source: avgiftsförordningen (1992:191) 15–16 §§; TF 2 kap. 16 §.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from diarium.disclosure.vocabulary import ON_PAPER, Means

_SHIPPED = Path(__file__).parent / "data" / "tariff.csv"
_EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Tariff:
    """What paper copies cost from `valid_from` on: nothing below `first_charged_page` pages, `first_fee` kronor
    for so many, and `page_fee` kronor for each page above. `authority`: a code, or `*` for all.
    """

    authority: str
    valid_from: dt.date
    first_charged_page: int
    first_fee: int
    page_fee: int
    source: str

    def fee(self, pages: int) -> int:
        """The fee in kronor for `pages` ordered together."""
        if pages < self.first_charged_page:
            return 0
        return self.first_fee + (pages - self.first_charged_page) * self.page_fee


def fee_for(tariff: Tariff, means: Means, pages: int, *, before: int = 0) -> int:
    """The fee in kronor for `pages` more of a request that `before` pages were given out of on paper already.

    The pages of one order count together, however many times it is given out.
    """
    if means not in ON_PAPER:
        return 0
    return tariff.fee(before + pages) - tariff.fee(before)


def tariff_for(authority_code: str, day: dt.date) -> Tariff:
    """The tariff of the authority on `day`: its own, else the one for all."""
    return choose(shipped(), authority_code, day)


def choose(tariffs: Iterable[Tariff], authority_code: str, day: dt.date) -> Tariff:
    """The one of `tariffs` that holds for the authority on `day`. The earliest holds also before its day."""
    fitting = sorted(
        (item for item in tariffs if item.authority in (authority_code, _EVERYBODY)),
        key=lambda item: (item.authority != _EVERYBODY, item.valid_from),
    )
    in_force = [item for item in fitting if item.valid_from <= day]
    return in_force[-1] if in_force else fitting[0]


@cache
def shipped() -> tuple[Tariff, ...]:
    """The tariffs of the table that comes with the program."""
    return tuple(read(_SHIPPED.read_text(encoding="utf-8").splitlines()))


def read(lines: Iterable[str]) -> list[Tariff]:
    """The tariffs in a table with the columns of `data/tariff.csv`."""
    return [
        Tariff(
            authority=row["authority"],
            valid_from=dt.date.fromisoformat(row["valid_from"]),
            first_charged_page=int(row["first_charged_page"]),
            first_fee=int(row["first_fee"]),
            page_fee=int(row["page_fee"]),
            source=row["source"],
        )
        for row in csv.DictReader(lines)
    ]
