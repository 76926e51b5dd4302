"""Gaps in numbers are shown and explained: in the series of an authority, in a case, and after a move."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from diarium.public.queries import NumberSpan
from diarium.public.series import first_number, runs
from diarium.register import closing, moving
from diarium.register.models import Authority, DiarySeries
from tests.public.open_register import TODAY
from tests.site.conftest import PublicSite, open_public_site
from tests.site.reading import page, text, texts

YEAR = TODAY.year


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    """Cases 1 to 6, of which 2 and 3 are kept from the web and 5 shows its number only; only to look at."""
    site = open_public_site(tmp_path_factory.mktemp("numbered"))
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        for classification in ("1", "4", "4", "1", "3", "1"):
            municipality.case(session, classification=classification, title=f"Fråga om {classification}")
        owner = session.query(Authority).filter_by(code="KS").one()
        owner.series.append(DiarySeries(code="UPP", name="Upphandling"))
        session.flush()
        municipality.case(session, series="UPP", title="Köp av cyklar")
    site.catch_up()
    yield site
    site.close()


def test_number_list_shows_every_number_and_that_some_are_not_on_the_web(numbered: PublicSite) -> None:
    found = page(numbered, f"/diarium/KS/{YEAR}")
    numbers = texts(found, "//table[@id='numbers']/tbody//th")
    assert numbers == [f"KS {YEAR}/1", "2–3", f"KS {YEAR}/4", f"KS {YEAR}/5", f"KS {YEAR}/6"]
    rows = texts(found, "//table[@id='numbers']/tbody/tr")
    assert "Visas inte på webben" in rows[1]
    assert "Ärende med begränsad insyn" in rows[3]
    assert found.xpath("//main//a[@href='/om/varfor-syns-inte-allt#nummer']")
    assert "5" not in rows[1]


def test_other_series_has_a_list_of_its_own(numbered: PublicSite) -> None:
    found = page(numbered, f"/diarium/KS/{YEAR}")
    (other,) = found.xpath("//main//a[text()='UPP']/@href")
    assert texts(page(numbered, other), "//table[@id='numbers']/tbody//th") == [f"UPP {YEAR}/1"]


def test_lists_are_found_from_the_overview(numbered: PublicSite) -> None:
    assert f"/diarium/KS/{YEAR}" in page(numbered, "/diarium").xpath("//main//a/@href")


@pytest.mark.parametrize(
    "address",
    [
        "/diarium/XX/2024",
        "/diarium/KS/1999",
        f"/diarium/KS/{10**30}",
        f"/diarium/KS/{YEAR}?serie=NEJ",
        "/diarium/KS/0",
    ],
)
def test_list_that_is_not_there_is_told(numbered: PublicSite, address: str) -> None:
    assert page(numbered, address, HTTPStatus.NOT_FOUND).xpath("//main//a[@href='/sok']")


def test_case_leads_to_the_cases_beside_it(numbered: PublicSite) -> None:
    found = page(numbered, f"/arende/KS/{YEAR}/4")
    assert found.xpath("//a[@rel='prev']/@href") == [f"/arende/KS/{YEAR}/1"]
    assert found.xpath("//a[@rel='next']/@href") == [f"/arende/KS/{YEAR}/5"]
    assert f"/diarium/KS/{YEAR}" in found.xpath("//nav[@class='breadcrumbs']//a/@href")
    assert not page(numbered, f"/arende/KS/{YEAR}/6").xpath("//a[@rel='next']")


def test_missing_numbers_stand_where_they_would_be_in_the_time_line(site: PublicSite) -> None:
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session)
        for skipped in (0, 2, 0):
            case.record_count += skipped
            municipality.record(session, case)
    site.catch_up()
    lines = texts(page(site, f"/arende/KS/{YEAR}/1"), "//ol[@class='timeline']/li")
    starts = [f"KS {YEAR}/1-1 ", "Numren 2–3 visas inte.", f"KS {YEAR}/1-4 ", f"KS {YEAR}/1-5 "]
    assert len(lines) == len(starts)
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=True))


def test_cancelled_and_moved_records_keep_their_place_and_say_why(site: PublicSite) -> None:
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session, title="Fel ärende")
        target = municipality.case(session, title="Rätt ärende")
        first, second = municipality.record(session, case), municipality.record(session, case, title="Flyttas")
        closing.cancel_record(session, municipality.registrar, first, "Registrerad två gånger")
        moving.move_record(session, municipality.registrar, second, target.number_text, "Fel ärende")
    site.catch_up()
    lines = texts(page(site, f"/arende/KS/{YEAR}/1"), "//*[@class='timeline__title']")
    assert lines == [f"KS {YEAR}/1-1 Makulerad", f"KS {YEAR}/1-2 Makulerad"]
    moved = page(site, f"/handling/KS/{YEAR}/1/2")
    (link,) = moved.xpath("//main//a[starts-with(@href, '/id/')]")
    assert text(link) == f"KS {YEAR}/2-1"
    answer = site.client.get(link.get("href"))
    assert answer.headers["Location"] == f"/handling/KS/{YEAR}/2/1"


def test_runs_of_numbers() -> None:
    assert runs([2, 4, 5, 6, 9]) == [(2, 2), (4, 6), (9, 9)]
    assert runs([]) == []


def test_series_that_does_not_restart_begins_after_the_year_before() -> None:
    before, span = NumberSpan("KS", 2023, 9, 1, 40), NumberSpan("KS", 2024, 9, 45, 60)
    assert first_number([before, span], span) == 41
    restarted = NumberSpan("KS", 2024, 9, 3, 60)
    assert first_number([before, restarted], restarted) == 1
    assert first_number([span], span) == 1
