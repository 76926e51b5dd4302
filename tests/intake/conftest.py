"""What takes things in, on a small municipality, and a mail server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.identity.permissions import SYSTEM
from diarium.intake.taking_in import Intake
from tests.conftest import Municipality
from tests.intake.dovecot import Dovecot, running_dovecot

MAX_BYTES = 3_000_000


@pytest.fixture(scope="session")
def sandbox() -> Iterator[ExtractionSandbox]:
    """The sandbox that opens messages."""
    with ExtractionSandbox() as opened:
        yield opened


@pytest.fixture
def intake(sqlite_municipality: Municipality, sandbox: ExtractionSandbox) -> Intake:
    """Takes in for a municipality on SQLite; at most `MAX_BYTES` at a time."""
    return intake_of(sqlite_municipality, sandbox)


@pytest.fixture
def intake_on_any(municipality: Municipality, sandbox: ExtractionSandbox) -> Intake:
    """The same once on SQLite and once on PostgreSQL."""
    return intake_of(municipality, sandbox)


def intake_of(municipality: Municipality, sandbox: ExtractionSandbox) -> Intake:
    """What takes things in for `municipality`."""
    return Intake(municipality.database, municipality.blobs, sandbox, SYSTEM, MAX_BYTES)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A real mail server, or the test is skipped."""
    with running_dovecot() as server:
        yield server


@pytest.fixture
def dovecot_with_tls() -> Iterator[Dovecot]:
    """A real mail server with a certificate of its own making."""
    with running_dovecot(tls=True) as server:
        yield server
