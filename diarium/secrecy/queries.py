"""Reading the table of provisions."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.i18n import today
from diarium.secrecy.models import Provision


def options(session: Session) -> list[tuple[str, str]]:
    """(short code, "OSL 26 kap. 1 § – subject") of every provision in force, in the law's order."""
    rows = session.scalars(
        select(Provision).where(or_(Provision.valid_to.is_(None), Provision.valid_to >= today()))
    ).all()
    rows = sorted(rows, key=lambda row: (row.law, int(row.chapter), _number(row.paragraph), row.paragraph))
    return [(row.code, f"{row.citation} – {row.subject}") for row in rows]


def _number(paragraph: str) -> int:
    digits = "".join(char for char in paragraph if char.isdigit())
    return int(digits or 0)
