"""The key that puts texts into Swedish order on every database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.db.swedish import KEY_LENGTH, sort_key
from diarium.identity.models import User

IN_ORDER = ["Abborre", "Éva", "Oskar", "Vera", "Wera", "Yngve", "Zeb", "Åke", "Ädla", "Örjan"]


def test_both_databases_sort_by_the_swedish_alphabet(database: Database) -> None:
    with database.unit_of_work() as session:
        for place, name in enumerate(reversed(IN_ORDER)):
            session.add(User(username=f"u{place}", name=name, created_at=now()))
    with database.reading() as session:
        assert list(session.scalars(select(User.name).order_by(User.name_key))) == IN_ORDER


@given(st.text())
def test_a_key_fits_its_column_and_ignores_case(text: str) -> None:
    key = sort_key(text)
    assert len(key) <= KEY_LENGTH
    assert "\n" not in key
    assert sort_key(key) == key or not text.isascii()
