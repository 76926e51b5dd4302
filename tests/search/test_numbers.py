"""Numbers in all the ways people write them."""

from __future__ import annotations

import pytest

from diarium.search.numbers import index_keys, match_number, number_keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KS 2024/123", {"ks 2024/123"}),
        ("ks2024-123", {"ks 2024/123"}),
        ("KS.2024.00123", {"ks 2024/123"}),
        ("KS-2024-123", {"ks 2024/123"}),
        ("2024-KS-123", {"ks 2024/123"}),
        ("2024/KS0123", {"ks 2024/123"}),
        ("KS 2024/123-4", {"ks 2024/123-4"}),
        ("KS 2024/123:4", {"ks 2024/123-4"}),
        ("KS 2024/123.", {"ks 2024/123"}),
        ("2024/123", {"2024/123"}),
        ("123/2024", {"2024/123"}),
        ("2024/2023", {"2024/2023", "2023/2024"}),
        ("KS 08/353", {"ks 2008/353"}),
        ("KS 98/353", {"ks 1998/353"}),
        ("ÖFN 2024/1 och SN 2023/2", {"öfn 2024/1", "sn 2023/2"}),
        ("2024-05-01", set()),
        ("den 24/12", set()),
        ("Nödinge 5:27", set()),
        ("19811218-9876", set()),
        ("640823-3234", set()),
        ("kl 10.30", set()),
        ("1.2.3", set()),
        ("", set()),
    ],
)
def test_every_form_has_its_canonical_keys(text: str, expected: set[str]) -> None:
    found = number_keys(text)
    assert {key for key in found if not key.startswith(("den ", "kl "))} == expected


def test_a_document_is_found_by_less_exact_numbers_too() -> None:
    assert index_keys(["KS 2024/123-4"]) == {
        "ks", "123", "2024/123", "2024/123-4", "ks 2024/123", "ks 2024/123-4",
    }  # fmt: skip


def test_a_series_with_a_blank_may_be_a_word() -> None:
    blank, glued = match_number("ks 2024/1", 0), match_number("ks2024/1", 0)
    assert blank is not None
    assert glued is not None
    assert not blank.glued
    assert glued.glued
