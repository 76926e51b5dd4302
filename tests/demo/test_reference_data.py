"""The tables that a new register starts with: the classification scheme and the secrecy provisions."""

from __future__ import annotations

import datetime as dt
import re

from diarium.classification.importing import shipped_scheme
from diarium.classification.models import PublishingRule, Retention
from diarium.secrecy.importing import shipped_provisions

EVENTS = {"case_closed", "fiscal_year_end", "contract_end"}


def test_every_class_stands_under_a_class_that_exists() -> None:
    codes = [row["code"] for row in shipped_scheme()]

    assert len(set(codes)) == len(codes) >= 80
    assert all(re.fullmatch(r"\d+(\.\d+){0,2}", code) for code in codes)
    assert all(code.rpartition(".")[0] in {"", *codes} for code in codes)
    assert {code.count(".") for code in codes} == {0, 1, 2}


def test_every_class_says_what_is_kept_and_what_is_published() -> None:
    for row in shipped_scheme():
        assert row["title"], row["code"]
        assert row["description"], row["code"]
        assert row["publishing"] in list(PublishingRule), row["code"]
        assert row["retention_basis"], row["code"]
        if row["retention"] == Retention.DISPOSE:
            has_classes_below = any(other["code"].startswith(row["code"] + ".") for other in shipped_scheme())
            is_complete = row["retention_years"].isdigit() and row["retention_event"] in EVENTS
            assert is_complete or has_classes_below, row["code"]
        else:
            assert row["retention"] == Retention.PRESERVE, row["code"]
            assert row["retention_years"] == row["retention_event"] == "", row["code"]


def test_classes_about_individuals_show_their_numbers_only() -> None:
    rules = {row["title"]: row["publishing"] for row in shipped_scheme()}

    for title in (
        "Visselblåsning",
        "Elevhälsa",
        "Ställföreträdare",
        "Anställningens förlopp",
        "Färdtjänst och riksfärdtjänst",
    ):
        assert rules[title] == PublishingRule.NUMBER_ONLY, title


def test_minutes_and_policies_are_published_with_files() -> None:
    rules = {row["title"]: row["publishing"] for row in shipped_scheme()}

    for title in ("Fullmäktiges sammanträden", "Styrelsens och nämndernas sammanträden", "Styrdokument"):
        assert rules[title] == PublishingRule.METADATA_AND_FILES, title


def test_every_provision_can_be_cited_and_stands_once() -> None:
    rows = shipped_provisions()
    keys = [(row["law"], row["chapter"], row["paragraph"]) for row in rows]

    assert len(set(keys)) == len(keys) >= 60
    for row in rows:
        assert row["law"] == "OSL"
        assert re.fullmatch(r"\d{1,2}", row["chapter"]), row
        assert re.fullmatch(r"\d{1,3}( [a-z])?", row["paragraph"]), row
        assert row["subject"], row
        assert row["typical_use"], row
        assert "2009:400" in row["source"], row
        assert len(row["harm_test"]) <= 60, row
        assert len(row["max_years"]) <= 60, row


def test_a_provision_that_is_newer_than_the_law_says_from_when() -> None:
    dated = {
        f"{row['chapter']}:{row['paragraph']}": dt.date.fromisoformat(row["valid_from"])
        for row in shipped_provisions()
        if row["valid_from"]
    }

    assert dated == {
        "15:1 b": dt.date(2026, 1, 1),
        "18:8 b": dt.date(2026, 1, 15),
        "40:7 g": dt.date(2026, 1, 15),
    }
