"""Setting up authorities."""

from __future__ import annotations

import pytest

from diarium.errors import NotAllowed
from diarium.identity.permissions import SYSTEM
from diarium.register import administration, registration
from diarium.register.commands import DocumentFacts, NewCase
from diarium.register.errors import InvalidFact
from tests.conftest import Municipality


def test_new_authority_registers_at_once_with_its_own_number_format(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    command = administration.NewAuthority("mn", "Miljönämnden", number_format="{series}.{year}.{number:04}")
    with m.database.unit_of_work() as session:
        administration.add_authority(session, SYSTEM, command)
        case = registration.open_case(session, SYSTEM, NewCase(authority="MN", title="Tillsyn"))
        assert case.number_text == f"MN.{case.year}.0001"


def test_code_is_given_once(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session, pytest.raises(InvalidFact) as refusal:
        administration.add_authority(session, SYSTEM, administration.NewAuthority("KS", "Dubblett"))
    assert refusal.value.field == "code"


def test_registrar_adds_no_authority(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session, pytest.raises(NotAllowed):
        administration.add_authority(session, m.registrar, administration.NewAuthority("XN", "X"))


def test_officer_can_not_release_a_file_by_registering_it(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        released = DocumentFacts(m.store(session, b"x"), "x.txt", is_released=True)
        record = m.record(session)
        with pytest.raises(NotAllowed):
            registration.add_documents(session, m.officer, record, [released])
