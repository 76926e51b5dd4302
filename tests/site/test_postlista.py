"""The daily list by day and by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from diarium.public.daily import week_of
from tests.public.open_register import TODAY
from tests.site.conftest import PublicSite, open_public_site
from tests.site.reading import page, texts

MONDAY = TODAY - dt.timedelta(days=TODAY.weekday() + 7)
DAYS = (MONDAY, MONDAY + dt.timedelta(days=2), MONDAY + dt.timedelta(days=6), MONDAY - dt.timedelta(days=20))
WEEK = f"{MONDAY.isocalendar().year}-W{MONDAY.isocalendar().week:02}"


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    """Records on some days of the last week and of an earlier one; only to look at."""
    site = open_public_site(tmp_path_factory.mktemp("post"))
    with site.municipality.database.unit_of_work() as session:
        for day in DAYS:
            site.municipality.record(session, title=f"Brev {day}", official_on=day)
    site.catch_up()
    yield site
    site.close()


def test_week_shows_all_its_days_and_leads_to_each(post: PublicSite) -> None:
    found = page(post, f"/postlista?vecka={WEEK}")
    assert len(found.xpath("//table[@id='postlista']/tbody/tr")) == 3
    counts = texts(found, "//nav[@class='week']//*[@class='week__count']")[1:]
    assert [count.split()[0] for count in counts] == ["1", "0", "1", "0", "0", "0", "1"]
    days = [href for href in found.xpath("//nav[@class='week']//a/@href") if "dag=" in href]
    assert days == [f"/postlista?dag={day}" for day in DAYS[:3]]
    assert texts(found, "//h1") == [f"Postlista vecka {MONDAY.isocalendar().week}, {MONDAY.isocalendar().year}"]


def test_week_leads_to_the_nearest_week_with_anything(post: PublicSite) -> None:
    (before,) = page(post, f"/postlista?vecka={WEEK}").xpath("//a[@rel='prev']/@href")
    earlier = page(post, before)
    assert f"Brev {DAYS[3]}" in texts(earlier, "//table[@id='postlista']")[0]
    assert earlier.xpath("//a[@rel='next']/@href") == [f"/postlista?vecka={WEEK}"]


def test_day_without_anything_leads_to_the_days_round_it(post: PublicSite) -> None:
    found = page(post, f"/postlista?dag={DAYS[0] + dt.timedelta(days=1)}&myndighet=KS")
    assert found.xpath("//a[@rel='prev']/@href") == [f"/postlista?myndighet=KS&dag={DAYS[0]}"]
    assert found.xpath("//a[@rel='next']/@href") == [f"/postlista?myndighet=KS&dag={DAYS[1]}"]
    assert "Kommunstyrelsen" in texts(found, "//*[@class='page-head__kicker']")[0]


def test_week_that_can_not_be_read_says_so(post: PublicSite) -> None:
    for written in ("2024-W60", "nästa", "2024"):
        found = page(post, f"/postlista?vecka={written}")
        assert written in texts(found, "//*[@class='error-summary']")[0]


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max, dt.date(2024, 12, 31)])
def test_every_day_of_the_calendar_has_its_week(post: PublicSite, day: dt.date) -> None:
    assert day in week_of(day)
    assert len(page(post, f"/postlista?dag={day}").xpath("//h1")) == 1
