"""Real entries and a real report walk through the house: registered, found, shown, closed, exported, validated."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from diarium.archive.validation import Severity, validate_package
from diarium.audit.models import AuditEvent
from diarium.identity.permissions import SYSTEM
from diarium.register import closing, lookup
from diarium.register.models import Case, Record
from tests.endtoend import real_register
from tests.endtoend.conftest import House
from tests.endtoend.packages import independent_errors, official_problems, texts, unpack
from tests.endtoend.real_register import RealCase

# As somebody would type them → what the report says.
WORDS_OF_THE_REPORT = {
    "nulägesanalyser": "inflected: nulägesanalys",
    "kommunledningsförvaltning": "inflected: kommunledningsförvaltningen",
    "besparing": "inflected: besparingar",
    "världshandel": "inflected: världshandeln",
    "tvillingkommun": "inflected: tvillingkommunerna",
    "trendanalyser": "inflected: trendanalys",
    "handelshinder": "as it stands",
    "KASSALIKVIDITET": "capitals: kassalikviditet",
    "kassalikv*": "its beginning",
    '"grön omställning"': "a phrase",
    "digitalisering soliditet": "two words far apart",
    "förvaltning": "the last part of a compound: kommunledningsförvaltningen",
}


@dataclass(frozen=True)
class Imported:
    """The real register, registered and worked through."""

    house: House
    cases: list[RealCase]
    report_number: str
    report: bytes

    def case(self, original: str) -> RealCase:
        return next(case for case in self.cases if case.published["case_number"] == original)


@pytest.fixture(scope="module")
def imported(lasting_house: House, shared_material: Path) -> Imported:
    house = lasting_house
    report = (shared_material / "real" / "ale-nulagesanalys-2023-2024.txt").read_bytes()
    published = real_register.published_cases(shared_material)
    with house.services.database.unit_of_work() as session:
        real_register.add_authority(session)
    with house.services.database.unit_of_work() as session:
        cases = list(real_register.bring_in(session, SYSTEM, published))
        record = real_register.register_report(session, SYSTEM, house.store(session, report))
        number = record.number_text
    house.work()
    assert house.parked() == []
    return Imported(house, cases, number, report)


@pytest.fixture(scope="module")
def package(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with every closed case of the authority, made by the command."""
    house = imported.house
    with house.services.database.unit_of_work() as session:
        case = lookup.case_by_number(session, SYSTEM, imported.report_number.rpartition("-")[0])
        closing.close(session, SYSTEM, case, day=dt.date(2024, 6, 28))
    period = ("--from", "2023-01-01", "--to", "2025-12-31")
    result = house.run("export", "--authority", "AV", *period, "--out", tmp_path_factory.mktemp("out"))
    assert result.exit_code == 0, result.stderr
    return Path(result.stdout.splitlines()[-1])


def test_every_real_entry_is_registered_with_what_it_says(imported: Imported) -> None:
    with imported.house.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 27 + 1
        for real in imported.cases:
            case = session.scalars(select(Case).where(Case.number_text == real.number)).one()
            assert case.foreign_number == real.published["case_number"]
            assert case.title == real.published["title"]
            assert [party.name for party in case.parties] == [
                name for name in [real.published["organisation"]] if name
            ]
            entries = [(r["record_type"], r["date"]) for r in real.published["records"]]
            assert [(r.record_type, r.official_on.isoformat()) for r in case.records] == entries
            assert [r.running_number for r in case.records] == list(range(1, len(entries) + 1))
            originals = [r["record_number"] for r in real.published["records"]]
            assert [(r.note or "").rpartition(" ")[2] for r in case.records] == originals


def test_numbers_run_per_year_in_the_form_of_the_series(imported: Imported) -> None:
    numbers = sorted([case.number for case in imported.cases] + [imported.report_number.rpartition("-")[0]])
    assert numbers == ["2023/000001", *(f"2024/{number:06}" for number in range(1, 14))]


def test_every_change_is_in_the_audit_log(imported: Imported) -> None:
    with imported.house.services.database.reading() as session:
        counted = Counter(session.scalars(select(AuditEvent.action).where(AuditEvent.authority_code == "AV")))
    closed = sum(case.is_closed for case in imported.cases)
    assert counted == {"case.opened": 14, "record.registered": 28, "case.closed": closed}


@pytest.mark.parametrize("words", WORDS_OF_THE_REPORT)
def test_report_is_found_by_the_words_in_it(imported: Imported, words: str) -> None:
    assert imported.house.found(words) == [imported.report_number], WORDS_OF_THE_REPORT[words]


def test_command_finds_the_report_and_shows_the_words_around(imported: Imported) -> None:
    result = imported.house.run("search", "tvillingkommunerna", "--json")
    answer = json.loads(result.stdout)
    assert [hit["number"] for hit in answer["hits"]] == [imported.report_number]
    assert "tvillingkommun" in answer["hits"][0]["snippet"]


def test_original_number_leads_to_the_case(imported: Imported) -> None:
    spotify = imported.case("2023/004796")
    for written in ("2023/004796", "2023-4796", "dnr:2023/4796", "Dnr 2023/4796"):
        assert imported.house.found(written) == [spotify.number]


def test_public_finds_cases_by_organisation(imported: Imported) -> None:
    for real in imported.cases:
        name = real.published["organisation"]
        if name:
            assert real.number in imported.house.found_by_public(name), name
            assert real.number in imported.house.found_by_public(name.lower()), name


SPELLINGS = ["2023/000001", "2023/1", "2023-1", "AV 2023/1", "av2023-001", "dnr 2023/1", "Dnr: AV 2023/00001"]


@pytest.mark.parametrize("written", SPELLINGS)
def test_public_finds_a_case_by_its_number_however_it_is_written(imported: Imported, written: str) -> None:
    assert [reading.case.number_text for reading in imported.house.services.public.read_number(written)] == [
        "2023/000001"
    ]
    assert imported.house.found_by_public(written)[0] == "2023/000001"


def test_file_that_nobody_released_is_found_by_no_word_of_it_in_public(imported: Imported) -> None:
    assert imported.house.found_by_public("rapport kommunen") == [imported.report_number]
    for words in WORDS_OF_THE_REPORT:
        assert imported.house.found_by_public(words) == []


def test_package_holds_every_closed_case_and_the_report(imported: Imported, package: Path, tmp_path: Path) -> None:
    root = unpack(package, tmp_path / "unpacked")
    written = texts(root)
    for real in imported.cases:
        assert (real.published["case_number"] in written) == real.is_closed
        if real.is_closed:
            assert real.published["title"] in written
            assert all(record["record_type"] in written for record in real.published["records"])
    wanted = hashlib.sha256(imported.report).hexdigest()
    contents = {hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}
    assert wanted in contents


def test_package_is_accepted_by_everybody(
    imported: Imported, package: Path, tmp_path: Path, shared_material: Path
) -> None:
    assert imported.house.run("validate", package).exit_code == 0
    root = unpack(package, tmp_path / "unpacked")
    assert [f for f in validate_package(root).findings if f.severity is Severity.ERROR] == []
    assert official_problems(root) == []
    assert independent_errors(root, shared_material) == set()
