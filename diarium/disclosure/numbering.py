"""Allots the numbers of requests: "U KS 2026/17", one series for each authority and year."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from diarium.disclosure.models import DisclosureCounter
from diarium.register.models import Authority


def locked_counter(session: Session, authority: Authority, year: int) -> DisclosureCounter:
    """The authority's counter of `year`, locked until the transaction ends.

    Counted up in the same transaction that stores the request: what is rolled back leaves no gap, and a number is
    never counted from rows that might be gone.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(DisclosureCounter)
        .values(authority_id=authority.id, year=year, last_number=0)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(DisclosureCounter)
        .where(DisclosureCounter.authority_id == authority.id, DisclosureCounter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
