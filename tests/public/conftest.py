"""Fixtures of the open register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Municipality
from tests.public.open_register import OpenRegister


@pytest.fixture
def open_register(municipality: Municipality, tmp_path: Path) -> Iterator[OpenRegister]:
    """An open register, on both databases."""
    opened = OpenRegister(municipality, tmp_path / "public")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_open_register(sqlite_municipality: Municipality, tmp_path: Path) -> Iterator[OpenRegister]:
    """An open register on SQLite, for tests that would say the same on PostgreSQL."""
    opened = OpenRegister(sqlite_municipality, tmp_path / "public")
    yield opened
    opened.close()
