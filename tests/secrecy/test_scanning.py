"""What is found in a text that the public will read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarium.secrecy.scanning import Finding, holds_personal_number, scan


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("Ansökan för 19640823-3234", [Finding.PERSONAL_NUMBER]),
        ("Ansökan för 640823-3234.", [Finding.PERSONAL_NUMBER]),
        ("Samordningsnummer 701063-2391", [Finding.PERSONAL_NUMBER]),
        ("Remiss KS 2024/123-4", []),
        ("Organisationsnummer 212000-1439", []),
        ("Svar till anna@exempel.se om vatten", [Finding.EMAIL]),
        ("Ring 031-123 45 67 i dag", [Finding.PHONE]),
        ("Ring +46 31 123 45 67", [Finding.PHONE]),
        ("Nödinge 5:27, budget 2024-2026", []),
        ("Protokoll 2024-05-01", []),
    ],
)
def test_numbers_and_addresses_are_found(text: str, findings: list[Finding]) -> None:
    assert [hit.finding for hit in scan(text)] == findings


@given(st.text(max_size=300))
def test_scanning_never_fails(text: str) -> None:
    assert all(0 <= hit.start < hit.end <= len(text) for hit in scan(text))
    assert isinstance(holds_personal_number(text), bool)
