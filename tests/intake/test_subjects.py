"""Subject lines and the case numbers in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarium.intake.subjects import MAX_NUMBERS, numbers_in, title_of, without_numbers, without_prefixes
from diarium.register.rules import MAX_TITLE

PREFIXES = ["Sv:", "SV: ", "Re: ", "RE:", "Re[2]: ", "Re (3): ", "VB: ", "Fwd: ", "Fw:", "Svar: ", "[EXTERN] ",
            "[External]: ", "AW: ", "Vs:", "TR: "]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Sv: KS 2024/123 yttrande", "KS 2024/123 yttrande"),
        ("Re: Re[2]: Fwd: [EXTERN] VB: Remiss", "Remiss"),
        ("Återkoppling: mötet", "Återkoppling: mötet"),
        ("Regler: nya", "Regler: nya"),
        ("Svar på remiss", "Svar på remiss"),
        ("Sv:", ""),
        ("  Rad\r\n två\x00 ", "Rad två"),
    ],
)
def test_answers_and_forwards_lose_their_prefixes(subject: str, title: str) -> None:
    assert without_prefixes(subject) == title


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("KS 2024/123 yttrande", ["KS 2024/123"]),
        ("Yttrande i KS 2024/123-4.", ["KS 2024/123-4"]),
        ("(ks2024-123)", ["ks2024-123"]),
        ("KS.2024.123", ["KS.2024.123"]),
        ("Dnr: 2024-000123, komplettering", ["Dnr: 2024-000123"]),
        ("diarienummer BN 24/12", ["diarienummer BN 24/12"]),
        ("2024/1, 2024/2", ["2024/1", "2024/2"]),
        ("Möte 2024-05-01", []),
        ("KS 2024-05-01, protokoll", []),
        ("Kallelse (1/5, 24/12)", []),
        ("Faktura 4711", []),
        ("https://example.se/2024/123/sida", []),
        ("", []),
    ],
)
def test_numbers_are_found_in_running_text_and_days_are_not(text: str, found: list[str]) -> None:
    assert [text[number.start : number.end] for number in numbers_in(text)] == found


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("KS 2024/123 yttrande", "yttrande"),
        ("Yttrande (dnr KS 2024/123)", "Yttrande"),
        ("Dnr KS 2024/123 – Yttrande", "Yttrande"),
        ("KS 2024/123", "KS 2024/123"),
    ],
)
def test_title_is_what_is_left_without_the_number(subject: str, title: str) -> None:
    assert title_of(subject, numbers_in(subject)) == title


@given(
    st.lists(st.sampled_from(PREFIXES), max_size=8),
    st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=40),
)
def test_any_pile_of_prefixes_falls_off(prefixes: list[str], subject: str) -> None:
    plain = without_prefixes(subject)
    assert without_prefixes("".join(prefixes) + subject) == plain


@given(st.text(max_size=3000))
def test_any_subject_can_be_cleaned_and_cleaning_twice_changes_nothing(subject: str) -> None:
    plain = without_prefixes(subject)
    assert without_prefixes(plain) == plain
    assert "\n" not in plain
    numbers = numbers_in(plain)
    assert len(numbers) <= MAX_NUMBERS
    for number in numbers:
        assert 0 <= number.start <= number.digits_start < number.end <= len(plain)
        assert number.readings
    assert len(title_of(plain, numbers)) <= MAX_TITLE


@given(
    st.sampled_from(["KS", "BN", "Ä", "SBK"]),
    st.integers(1990, 2099),
    st.integers(1, 99_999),
    st.sampled_from(["{s} {y}/{n}", "{s}.{y}.{n}", "{s} {y}-{n:06}", "{s}{y}/{n}", "dnr {s} {y}/{n}"]),
    st.sampled_from(["", "Yttrande över ", "Sv: ", "Komplettering i ärende (", "ang. "]),
    st.sampled_from(["", " yttrande", ") tack", ", tredje påminnelsen", "."]),
)
def test_any_number_of_any_series_is_found_wherever_it_stands(
    series: str, year: int, number: int, pattern: str, before: str, after: str
) -> None:
    text = before + pattern.format(s=series, y=year, n=number) + after
    found = numbers_in(text)
    assert [item.series for item in found] == [series.upper()]
    assert (year, number) in [(parts.year, parts.number) for parts in found[0].readings]
    assert str(number) not in without_numbers(f"Rubrik {text}", numbers_in(f"Rubrik {text}"))
