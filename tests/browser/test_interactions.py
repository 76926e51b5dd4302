"""What registering costs a trained registrar, in keys and clicks beyond reading: never more than four."""

from __future__ import annotations

import re

import pytest

from tests.browser.hands import Hands, working
from tests.browser.items import INBOX, registration_address
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
MOST = 4
TOLD = ".messages"
NUMBER = re.compile(r"[A-Z]{2,3} \d{4}/\d+-\d+")


def test_the_first_mail_of_the_inbox_becomes_a_new_case(windows: Windows) -> None:
    with working(windows, "registrator", INBOX) as hands:
        assert "Ansökan om verksamhetsbidrag" in hands.sees("[data-inbox] tbody tr[data-current]")
        hands.press("r")
        hands.arrives("**/intern/registrera?post=*")
        hands.sees("[data-suggestion]")
        hands.press("f")
        assert hands.value("#classification").startswith("7.1")
        assert hands.value("#record_type") == "Ansökan"
        hands.press("Control+Enter")

        _assert_registered(hands, "KFN")
        assert hands.done == ["press r", "press f", "press Enter"]
        assert hands.count <= MOST


def test_a_mail_that_names_its_case_is_added_to_it(windows: Windows) -> None:
    address = registration_address(windows.open("registrator"), "Anbud i ärende")
    with working(windows, "registrator", address) as hands:
        assert "Numret står i ämnesraden" in hands.sees("[data-case-choices]")
        hands.press("1")
        hands.press("f")
        hands.press("Control+Enter")

        _assert_registered(hands, "KS")
        assert hands.count <= MOST


def test_a_mail_whose_subject_says_nothing_costs_one_more(windows: Windows) -> None:
    address = registration_address(windows.open("registrator"), "NU FÅR DET VARA NOG")
    with working(windows, "registrator", address) as hands:
        hands.sees("#title")
        hands.press("t")
        hands.type("Klagomål på snöröjning")
        hands.press("Control+Enter")

        _assert_registered(hands, "SBN")
        assert hands.done == ["press t", "type", "press Enter"]
        assert hands.count <= MOST


def test_each_key_and_click_is_counted(windows: Windows) -> None:
    with working(windows, "registrator", "/intern/registrera") as hands:
        hands.click("#title")
        hands.type("Ett helt ord")
        hands.type(" till")
        hands.click("#case_title")
        hands.type("en")
        hands.press("Escape")
        hands.press("t")

        assert hands.done == ["click", "type", "click", "type", "press Escape", "press t"]


def _assert_registered(hands: Hands, authority: str) -> None:
    """It is told with its number, and the next item stands there already."""
    told = hands.sees(TOLD)
    found = NUMBER.search(told)
    assert found is not None, told
    assert found[0].startswith(authority)
    assert "post=" in hands.address
