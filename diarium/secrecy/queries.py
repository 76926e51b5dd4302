"""Reading the table of provisions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.i18n import today
from diarium.secrecy.models import Provision


def options(session: Session) -> list[tuple[str, str]]:
    """(short code, "OSL 26 kap. 1 § – subject") of every provision in force, in the law's order."""
    day = today()
    rows = session.scalars(
        select(Provision)
        .where(or_(Provision.valid_to.is_(None), Provision.valid_to >= day))
        .where(or_(Provision.valid_from.is_(None), Provision.valid_from <= day))
    )
    return [(row.code, f"{row.citation} – {row.subject}") for row in in_law_order(rows)]


def in_law_order(provisions: Iterable[Provision]) -> tuple[Provision, ...]:
    """By law, chapter and paragraph, as one reads them."""
    return tuple(sorted(provisions, key=_place))


def _place(provision: Provision) -> tuple[str, int, int, str]:
    return provision.law, _number(provision.chapter), _number(provision.paragraph), provision.paragraph


def _number(text: str) -> int:
    digits = "".join(char for char in text if char.isdigit())
    return int(digits or 0)
