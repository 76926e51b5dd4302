"""What a file's text is looked through for."""

from __future__ import annotations

import pytest

from diarium.public import findings
from diarium.public.findings import PARTLY_READ, FileText, OwnContacts

OWN = OwnContacts(domain="ekdala.example", phone="0313900690")
NAMES = ("Anna Svensson",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Protokoll om broar, § 12 den 3 maj 2024", set()),
        ("Begäran av 640823-3234", {"personal_number"}),
        ("anna@exempel.se", {"email"}),
        ("Frågor: ks@ekdala.example, 031-390 06 84 eller +46 31 390 06 90", set()),
        ("ks@ekdala.example.se", {"email"}),
        ("031-390 07 84", {"phone"}),
        ("Svensson, Anna har klagat", {"name:Anna Svensson"}),
    ],
)
def test_own_contacts_are_no_finding_and_everybody_elses_are(text: str, found: set[str]) -> None:
    assert findings.in_file(FileText(text), NAMES, OWN) == found


def test_without_contacts_of_its_own_every_number_is_a_finding() -> None:
    assert findings.in_file(FileText("031-390 06 84"), (), OwnContacts()) == {"phone"}


def test_text_that_was_not_read_whole_is_a_finding() -> None:
    assert findings.in_file(FileText("Protokoll", is_whole=False), (), OWN) == {PARTLY_READ}


def test_names_are_told_only_to_who_may_see_them() -> None:
    keys = {"phone", "name:Anna Svensson"}
    assert findings.in_words(keys) == "telefonnummer, namn på en part som inte ska namnges"
    assert findings.in_words(keys, with_names=True) == "telefonnummer, namnet Anna Svensson"
