"""Identity numbers with valid check digits that can't belong to anybody."""

from __future__ import annotations

import datetime as dt
from random import Random

from stdnum import luhn

# People born in the 1890s are long dead, and nobody reads such a number as a living person's.
_FIRST_BIRTH = dt.date(1890, 1, 1).toordinal()
_LAST_BIRTH = dt.date(1899, 12, 31).toordinal()
_PHONES = 95


def personal_number(rng: Random) -> str:
    """A personal number of somebody born in the 1890s: "18930412-2386"."""
    born = dt.date.fromordinal(rng.randint(_FIRST_BIRTH, _LAST_BIRTH))
    birth_number = f"{rng.randint(1, 999):03d}"
    return f"{born:%Y%m%d}-{birth_number}{luhn.calc_check_digit(f'{born:%y%m%d}{birth_number}')}"


def organisation_number(base: str) -> str:
    """`base` (nine digits) with its check digit: "559912-3453". The caller picks a base in a free range."""
    digits = base + str(luhn.calc_check_digit(base))
    return f"{digits[:6]}-{digits[6:]}"


def phone_number(rng: Random) -> str:
    """A mobile number from the range that the telecom authority keeps free for fiction (070-174 06 05–99)."""
    return f"070-174 06 {99 - rng.randrange(_PHONES):02d}"


def switchboard_number(rng: Random) -> str:
    """A landline number from the range that the telecom authority keeps free for fiction (031-390 06 00–99)."""
    return f"031-390 06 {rng.randrange(100):02d}"
