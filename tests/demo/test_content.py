"""The cases of the demo municipality: always the same, and such as a real register could hold."""

from __future__ import annotations

import datetime as dt
import re
import tracemalloc
from collections import Counter
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.se import orgnr, personnummer

from diarium.classification.importing import shipped_scheme
from diarium.demo.content import generate, municipality
from diarium.demo.content.archetypes import archetypes
from diarium.demo.content.model import DemoCase, DemoFile, DemoParty, DemoRecord, Layout
from diarium.identity.permissions import Role
from diarium.register import rules
from diarium.register.vocabulary import Direction, PartyKind
from diarium.secrecy.importing import shipped_provisions
from diarium.secrecy.scanning import scan
from diarium.workdays import workdays

TODAY = dt.date(2026, 11, 24)
CODES = {row["code"] for row in shipped_scheme()}
LEAVES = {code for code in CODES if not any(other.startswith(f"{code}.") for other in CODES)}
PROVISIONS = {f"{row['chapter']}:{row['paragraph'].replace(' ', '')}" for row in shipped_provisions()}
UTLAMNANDE = "1.4.2"
seeds = st.integers(min_value=0, max_value=2**32)


@pytest.fixture(scope="module")
def cases() -> list[DemoCase]:
    return list(generate(7, 1500, TODAY))


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_the_same_seed_gives_the_same_cases(seed: int) -> None:
    assert list(generate(seed, 12, TODAY)) == list(generate(seed, 12, TODAY))
    assert municipality(seed) == municipality(seed)


def test_another_seed_gives_other_cases() -> None:
    assert list(generate(1, 12, TODAY)) != list(generate(2, 12, TODAY))


@settings(max_examples=40, deadline=None)
@given(seed=seeds, today=st.dates(min_value=dt.date(2024, 1, 2), max_value=dt.date(2030, 12, 31)))
def test_every_case_of_every_seed_could_be_real(seed: int, today: dt.date) -> None:
    cases = list(generate(seed, 25, today))

    assert len(cases) == 25
    assert all(earlier.opened <= later.opened for earlier, later in pairwise(cases))
    for case in cases:
        check_dates(case, today)
        check_references(case, seed)
        check_directions(case)
        check_titles(case)
        check_numbers(case)
        check_protected_are_nowhere(case)


def check_dates(case: DemoCase, today: dt.date) -> None:
    days = [record.date for record in case.records]
    assert days[0] == case.opened
    assert days == sorted(days)
    assert case.opened.weekday() < 5
    assert days[-1] <= today
    if case.decided is not None:
        assert case.decided in days
    if case.closed is not None:
        assert days[-1] < case.closed <= today
        assert case.closed.weekday() < 5
    for record in case.records:
        assert record.date.weekday() < (6 if record.direction is Direction.INCOMING else 5)


def check_references(case: DemoCase, seed: int) -> None:
    place = municipality(seed)
    assert case.class_code in LEAVES
    assert (case.authority, case.unit) in {(unit.authority, unit.name) for unit in place.units}
    officer = next(user for user in place.users if user.username == case.officer)
    assert officer.unit == case.unit
    assert case.authority in officer.authorities
    for restriction in (case.restriction, *(record.restriction for record in case.records)):
        assert restriction is None or restriction.provision in PROVISIONS


def check_directions(case: DemoCase) -> None:
    for record in case.records:
        if case.class_code != UTLAMNANDE:  # who asks for a document is not written down
            assert (record.sender is not None) == (record.direction is Direction.INCOMING)
            assert bool(record.recipients) == (record.direction is Direction.OUTGOING)
        assert bool(record.files) != (record.paper_location is not None)
        assert not (record.released_files and (record.restriction or not record.files))
        assert record.record_type
        names = [file.name for file in record.files]
        assert len(set(names)) == len(names)
        assert not any(set(name) & set('<>:"/\\|?*') for name in names)


def check_titles(case: DemoCase) -> None:
    for text in texts_in_register(case):
        assert 10 <= len(text) <= 250
        assert scan(text) == ()
        assert "{" not in text
    private = [party for party in everybody(case) if party.kind is PartyKind.PERSON]
    for party in private:
        for name in party.name.split():
            for text in [*texts_in_register(case), *(f.name for r in case.records for f in r.files)]:
                assert not re.search(rf"\b{name}\b", text), (name, text)


def check_numbers(case: DemoCase) -> None:
    for party in everybody(case):
        rules.identity_number(party.kind, party.number)
        assert party.email is None or party.email.endswith(".example")
        if party.kind is PartyKind.PERSON:
            assert party.number is not None
            assert personnummer.is_valid(party.number)
            assert 1890 <= personnummer.get_birth_date(party.number).year <= 1899
        elif party.number is not None:
            assert orgnr.is_valid(party.number)
            assert party.number.startswith(("5599", "8029"))


def check_protected_are_nowhere(case: DemoCase) -> None:
    protected = [party for party in everybody(case) if party.protected]
    for record in case.records:
        if any(party.protected for party in (record.sender, *record.recipients) if party is not None):
            assert record.restriction is not None
        for file in record.files:
            for party in protected:
                for fact in (party.name, party.number, party.email, party.phone, party.address):
                    assert fact is not None
                    assert fact not in everything(file)


def texts_in_register(case: DemoCase) -> list[str]:
    found = [case.title, case.public_title]
    for record in case.records:
        found += [record.title, record.public_title]
    return [text for text in found if text is not None]


def everybody(case: DemoCase) -> list[DemoParty]:
    return [*case.parties, *(party for record in case.records for party in parties_of(record))]


def parties_of(record: DemoRecord) -> list[DemoParty]:
    return [party for party in (record.sender, *record.recipients) if party is not None]


def everything(file: DemoFile) -> str:
    return repr(file)


def test_all_kinds_of_case_and_of_paper_turn_up(cases: list[DemoCase]) -> None:
    types = Counter(case.case_type for case in cases)
    layouts = {file.layout for case in cases for record in case.records for file in record.files}

    assert set(types) == {kind.case_type for kind in archetypes()}
    assert layouts == set(Layout)
    assert {case.authority for case in cases} == {a.code for a in municipality(7).authorities}


def test_some_two_fifths_of_the_cases_are_closed(cases: list[DemoCase]) -> None:
    closed = sum(case.closed is not None for case in cases) / len(cases)

    assert 0.35 < closed < 0.48


def test_cases_are_spread_over_five_years(cases: list[DemoCase]) -> None:
    years = Counter(case.opened.year for case in cases)

    assert sorted(years) == [2022, 2023, 2024, 2025, 2026]
    assert min(years.values()) > len(cases) / 7


def test_some_records_are_secret_some_on_paper_some_have_several_files(cases: list[DemoCase]) -> None:
    records = [record for case in cases for record in case.records]

    assert any(party.protected for case in cases for party in case.parties)
    assert {str(record.restriction.scope) for record in records if record.restriction} == {
        "whole",
        "files",
        "parties",
    }
    assert any(case.restriction and case.restriction.scope == "title" for case in cases)
    assert any(record.paper_location for record in records)
    assert any(len(record.files) > 1 for record in records)
    assert any(record.released_files for record in records)
    assert any(file.attachment for record in records for file in record.files)
    assert any(record.date.weekday() == 5 for record in records)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_hundred_cases_hold_about_fifteen_hundred_records(seed: int) -> None:
    assert 1400 <= sum(len(case.records) for case in generate(seed, 300, TODAY)) <= 1600


def test_answers_come_only_where_something_was_asked(cases: list[DemoCase]) -> None:
    asked_by = {"Synpunkter": "Kommunicering", "Påminnelse": "", "Dom": "Överklagande"}
    for case in cases:
        types = [record.record_type for record in case.records]
        for answer, question in asked_by.items():
            if answer in types:
                earlier = types[: types.index(answer)]
                assert question in earlier if question else earlier, case.title


def test_secret_cases_have_a_neutral_public_title(cases: list[DemoCase]) -> None:
    for case in cases:
        if case.restriction is not None:
            assert case.public_title is not None, case.title


def test_every_paper_holds_a_hundred_to_five_hundred_words(cases: list[DemoCase]) -> None:
    for case in cases:
        for record in case.records:
            for file in record.files:
                words = sum(len(paragraph.split()) for paragraph in file.paragraphs)
                assert file.rows if file.layout is Layout.TABLE else 100 <= words <= 500, file
                assert "|" not in " ".join(file.paragraphs)
                assert "{" not in " ".join(file.paragraphs)


def test_a_paper_says_nothing_twice(cases: list[DemoCase]) -> None:
    for case in cases[:300]:
        for record in case.records:
            for file in record.files:
                sentences = re.split(r"(?<=[.?!]) ", " ".join(file.paragraphs))
                assert len(set(sentences)) == len(sentences), file.name


def test_a_hundred_thousand_cases_come_one_at_a_time() -> None:
    first = list(islice(generate(3, 100_000, TODAY), 4))

    assert len(first) == 4
    assert first[-1].opened.year == 2022


def test_memory_does_not_grow_with_the_number_of_cases() -> None:
    peaks = [peak_memory(generated) for generated in (100, 100, 800)]  # the first fills the caches

    assert peaks[2] < peaks[1] + 500_000


def peak_memory(count: int) -> int:
    tracemalloc.start()
    try:
        for _ in generate(5, count, TODAY):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_less_than_no_cases_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        next(generate(1, -1, TODAY))


def test_no_cases_are_none() -> None:
    assert list(generate(1, 0, TODAY)) == []


def test_the_municipality_has_boards_units_and_officers_that_fit() -> None:
    place = municipality(1)
    codes = {authority.code for authority in place.authorities}

    assert codes == {"KS", "BUN", "SBN", "SN", "KFN", "OFN"}
    assert {unit.authority for unit in place.units} == codes
    assert {user.role for user in place.users} == set(Role)
    assert len({user.username for user in place.users}) == len(place.users) >= 12
    for authority in place.authorities:
        assert orgnr.is_valid(authority.organisation_number)
    for user in place.users:
        assert user.unit in {unit.name for unit in place.units if unit.authority in user.authorities}
        assert user.email.endswith("@ekdala.example")


def test_eves_that_are_kept_as_holidays_are_no_workdays() -> None:
    days = workdays(dt.date(2026, 6, 15), dt.date(2026, 6, 22))

    assert dt.date(2026, 6, 18) in days
    assert dt.date(2026, 6, 19) not in days
    assert dt.date(2026, 6, 22) in days
    assert dt.date(2026, 12, 24) not in workdays(dt.date(2026, 12, 1), dt.date(2026, 12, 31))
