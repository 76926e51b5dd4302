"""The desk on both databases, and on SQLite alone."""

from __future__ import annotations

import pytest

from tests.conftest import Municipality
from tests.correspondence.conftest import mail, mail_server, open_server, transport
from tests.disclosure.desk import Desk

__all__ = ["mail", "mail_server", "open_server", "transport"]


@pytest.fixture
def desk(municipality: Municipality) -> Desk:
    """A desk with one record that can be asked for, on both databases."""
    return Desk(municipality)


@pytest.fixture
def sqlite_desk(sqlite_municipality: Municipality) -> Desk:
    """The same on SQLite, for what PostgreSQL would say the same."""
    return Desk(sqlite_municipality)
