"""The pages of the public site, as a visitor without JavaScript meets them."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from itertools import pairwise

import pytest
from lxml import html
from lxml.html import HtmlElement

from diarium.register import secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.models import Authority, DiarySeries, Record
from diarium.secrecy.models import Scope
from tests.public.open_register import COMPANY, PERSON, TODAY, counted_statements
from tests.site.conftest import PublicSite

YEAR = TODAY.year
YESTERDAY = TODAY - dt.timedelta(days=1)
PAGES = (
    "/",
    "/?lang=lattlast",
    "/sok",
    "/sok?q=buss&slag=record&riktning=incoming",
    "/sok?q=finns-inte-alls",
    "/sok?fran=igår",
    f"/arende/KS/{YEAR}/1",
    f"/handling/KS/{YEAR}/1/1",
    f"/arende/KS/{YEAR}/2",
    "/arende/KS/1999/99",
    "/postlista",
    f"/postlista?myndighet=KS&dag={YESTERDAY}",
    f"/postlista?vecka={YEAR}-W01",
    "/postlista?vecka=nyss",
    "/diarium",
    f"/diarium/KS/{YEAR}",
    "/om",
    "/om/sok",
    "/om/allmanna-handlingar",
    "/om/varfor-syns-inte-allt",
    "/tillganglighet",
    "/finns-inte-alls",
)


def page(site: PublicSite, address: str, status: int = HTTPStatus.OK) -> HtmlElement:
    answer = site.client.get(address)
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def text(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("address", PAGES)
def test_each_page_is_sound_without_script_and_style(open_site: PublicSite, address: str) -> None:
    answer = open_site.client.get(address)
    found = html.fromstring(answer.text)
    assert len(found.xpath("//h1")) == 1
    assert text(found.xpath("//title")[0])
    assert found.xpath("string(/html/@lang)") == "sv"
    assert [len(found.xpath(f"//{name}")) for name in ("header", "main", "footer")] == [1, 1, 1]
    assert not found.xpath("//style | //@style | //script[not(@src)] | //@*[starts-with(name(), 'on')]")
    for field in found.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert found.xpath(f"//label[@for='{field.get('id')}']"), html.tostring(field)
    identifiers = found.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    levels = [int(heading.tag[1]) for heading in found.xpath("//h1 | //h2 | //h3 | //h4")]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert "Set-Cookie" not in answer.headers


def test_links_of_all_pages_lead_somewhere(open_site: PublicSite) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith("/static"):
            continue
        seen.add(address)
        answer = open_site.client.get(address, follow_redirects=True)
        assert answer.status_code == HTTPStatus.OK, address
        if answer.mimetype == "text/html" and len(seen) < 150:
            hrefs = html.fromstring(answer.text).xpath("//a/@href | //link[@rel='canonical']/@href")
            waiting += [h for h in hrefs if h.startswith("/")]
    assert any(address.startswith("/fil/") for address in seen)
    assert any(address.startswith("/handling/") for address in seen)


def test_start_page_shows_the_latest_records_and_how_many_there_are(open_site: PublicSite) -> None:
    found = page(open_site, "/")
    assert [text(value) for value in found.xpath("//*[@class='figure__value']")] == ["2", "3"]
    assert len(found.xpath("//table[@id='latest-table']/tbody/tr")) == 3


def test_search_shows_hits_with_marked_words_counts_and_a_way_to_narrow(open_site: PublicSite) -> None:
    found = page(open_site, "/sok?q=buss")
    assert "träffar" in text(found.xpath("//h2[@id='hits-title']")[0])
    assert found.xpath("//*[@class='hit']//mark")
    narrower = found.xpath("//nav[@class='facets']//a[contains(., 'Utgående')]/@href")[0]
    narrowed = page(open_site, narrower)
    assert [text(title) for title in narrowed.xpath("//*[@class='hit__title']")] == ["Svar om bussar"]
    wider = narrowed.xpath("//*[@class='filters']//a[contains(., 'Utgående')]/@href")[0]
    assert len(page(open_site, wider).xpath("//*[@class='hit']")) == len(found.xpath("//*[@class='hit']"))


def test_search_finds_the_text_of_released_files(open_site: PublicSite) -> None:
    found = page(open_site, "/sok?q=broar")
    assert [text(title) for title in found.xpath("//*[@class='hit__title']")] == ["Yttrande om bussar"]
    assert "broar" in text(found.xpath("//*[@class='hit__text']")[0])


def test_search_does_not_find_private_persons_or_hidden_titles(open_site: PublicSite) -> None:
    for word in ("Svensson", "barn", "Rut"):
        assert not page(open_site, f"/sok?q={word}").xpath("//*[@class='hit']")


def test_search_with_a_date_that_can_not_be_read_says_so_at_the_field(open_site: PublicSite) -> None:
    found = page(open_site, "/sok?q=buss&fran=2024-13-45")
    assert "2024-13-45" in text(found.xpath("//*[@id='fran-error']")[0])
    assert found.xpath("//input[@id='fran']/@aria-invalid") == ["true"]


@pytest.mark.parametrize(
    "query", ["((", '"', "dnr:", "NOT", "a" * 5000, "*", "datum:x..y", "\x00", "' OR 1=1 --", "<b>"]
)
def test_search_survives_whatever_is_typed(open_site: PublicSite, query: str) -> None:
    answer = open_site.client.get(
        "/sok", query_string={"q": query, "sida": "999999", "ordning": "x", "ar": "tjugo"}
    )
    assert answer.status_code == HTTPStatus.OK
    assert "<b>" not in answer.text


def test_case_page_tells_its_facts_and_its_records_in_order(open_site: PublicSite) -> None:
    found = page(open_site, f"/arende/KS/{YEAR}/1")
    facts = text(found.xpath("//dl")[0])
    assert text(found.xpath("//h1")[0]) == "Busslinje 7"
    for wanted in ("Kommunstyrelsen", "Kansliet", "1.1 Protokoll", "Remiss", "Privatperson"):
        assert wanted in facts
    assert [text(t)[-18:] for t in found.xpath("//*[@class='timeline__title']")] == [
        "Yttrande om bussar",
        "1-2 Svar om bussar",
    ]
    assert "Avsändare: Trafikbolaget AB" in text(found.xpath("//ol[@class='timeline']/li[1]")[0])


def test_case_of_which_only_the_number_is_shown_shows_nothing_else(open_site: PublicSite) -> None:
    found = page(open_site, f"/arende/KS/{YEAR}/2")
    assert text(found.xpath("//h1")[0]) == "Ärende med begränsad insyn"
    shown = text(found.xpath("//main")[0])
    assert f"KS {YEAR}/2-1 Handling med begränsad insyn" in shown
    assert "Trafikbolaget" not in shown
    assert "Stöd" not in shown


def test_gap_in_the_running_numbers_is_explained(filled: PublicSite) -> None:
    with filled.municipality.database.unit_of_work() as session:
        case = filled.municipality.case(session)
        filled.municipality.record(session, case)
        case.record_count = 2
        filled.municipality.record(session, case)
        address = f"/arende/KS/{case.year}/{case.number}"
    filled.catch_up()
    assert "Nummer 2 visas inte" in text(page(filled, address).xpath("//section[@id='gaps']")[0])


@pytest.mark.parametrize("written", [f"ks{YEAR}-1", f"KS.{YEAR}.001", f"1/{YEAR}", f"KS {YEAR}/1"])
def test_number_in_any_spelling_leads_to_the_case(open_site: PublicSite, written: str) -> None:
    answer = open_site.client.get("/arende", query_string={"nummer": written})
    assert (answer.status_code, answer.headers["Location"]) == (HTTPStatus.FOUND, f"/arende/KS/{YEAR}/1")


def test_number_of_a_record_leads_to_the_record(open_site: PublicSite) -> None:
    answer = open_site.client.get("/arende", query_string={"nummer": f"ks{YEAR}-1-2"})
    assert answer.headers["Location"] == f"/handling/KS/{YEAR}/1/2"


@pytest.mark.parametrize(
    "address",
    [
        "/arende/KS/1999/99",
        f"/arende/XX/{YEAR}/1",
        f"/arende/KS/{YEAR}/{10**30}",
        f"/handling/KS/{YEAR}/1/{10**30}",
        "/arende?nummer=hej",
        "/arende?nummer=%00",
        f"/arende/%00/{YEAR}/1",
        "/arende",
        "/postlista?myndighet=XX",
        "/fil/00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_is_not_there_is_told_with_a_way_on(open_site: PublicSite, address: str) -> None:
    found = page(open_site, address, HTTPStatus.NOT_FOUND)
    assert found.xpath("//main//a[@href='/sok']")


def test_number_in_another_series_has_an_address_of_its_own(filled: PublicSite) -> None:
    with filled.municipality.database.unit_of_work() as session:
        owner = session.query(Authority).filter_by(code="KS").one()
        owner.series.append(DiarySeries(code="UPP", name="Upphandling"))
        owner.series.append(DiarySeries(code="AVT", name="Avtal"))
        session.flush()
        for series in ("UPP", "AVT", "UPP", "AVT", "UPP", "AVT"):
            filled.municipality.case(session, series=series, title=f"Köp i {series}")
    filled.catch_up()
    assert text(page(filled, f"/arende/KS/UPP/{YEAR}/1").xpath("//h1")[0]) == "Köp i UPP"
    assert text(page(filled, f"/arende/KS/{YEAR}/1").xpath("//h1")[0]) == "Busslinje 7"
    choices = page(filled, f"/arende/KS/{YEAR}/3").xpath("//main//li/a/@href")
    assert choices == [f"/arende/KS/AVT/{YEAR}/3", f"/arende/KS/UPP/{YEAR}/3"]
    answer = filled.client.get(f"/arende/KS/KS/{YEAR}/1")
    assert answer.headers["Location"] == f"/arende/KS/{YEAR}/1"


def test_daily_list_shows_one_day_and_leads_to_the_days_beside_it(open_site: PublicSite) -> None:
    today = page(open_site, "/postlista")
    assert len(today.xpath("//table[@id='postlista']/tbody/tr")) == 2
    before = page(open_site, today.xpath("//a[@rel='prev']/@href")[0])
    assert "Svar om bussar" in text(before.xpath("//table[@id='postlista']/tbody")[0])
    assert not before.xpath("//a[@rel='prev']")
    assert before.xpath("//a[@rel='next']/@href") == [f"/postlista?dag={TODAY}"]
    assert "Inga handlingar" in text(page(open_site, f"/postlista?myndighet=SN&dag={TODAY}").xpath("//main")[0])


def released_file(site: PublicSite) -> str:
    found = page(site, f"/handling/KS/{YEAR}/1/1").xpath("//section[@id='files']//a/@href")
    return str(found[0])


def test_released_file_is_sent_under_its_neutral_name_and_can_not_act(open_site: PublicSite) -> None:
    answer = open_site.client.get(released_file(open_site))
    assert answer.data == b"Protokoll om broar"
    assert f"KS {YEAR}-1-1 handling 1.txt" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = open_site.client.get(released_file(open_site), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED


@pytest.mark.parametrize("name", ["sida.html", "bild.svg", "program.exe", "rapport.pdf"])
def test_file_that_might_act_is_only_saved(site: PublicSite, name: str) -> None:
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        sha256 = municipality.store(session, b"<script>alert(1)</script>", text="")
        case = municipality.case(session, classification="1.1")
        municipality.record(session, case, documents=(DocumentFacts(sha256, name, is_released=True),))
    site.catch_up()
    answer = site.client.get(released_file(site))
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_withdrawn_file_is_gone_from_its_address(filled: PublicSite) -> None:
    address = released_file(filled)
    with filled.municipality.database.unit_of_work() as session:
        record = session.query(Record).filter_by(title="Yttrande om bussar").one()
        secrecy_marks.mark(session, filled.municipality.registrar, record, RestrictionFacts("26:1", Scope.FILES))
    filled.catch_up()
    assert filled.client.get(address).status_code == HTTPStatus.NOT_FOUND
    assert not page(filled, f"/handling/KS/{YEAR}/1/1").xpath("//section[@id='files']")


@pytest.mark.parametrize(
    "address", [f"/arende/KS/{YEAR}/1", f"/handling/KS/{YEAR}/1/1", "/sok?q=buss", "/postlista"]
)
def test_pages_with_details_keep_search_engines_out(open_site: PublicSite, address: str) -> None:
    answer = open_site.client.get(address)
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert html.fromstring(answer.text).xpath("//meta[@name='robots'][contains(@content, 'noindex')]")


def test_pages_may_be_kept_for_seconds_and_are_asked_for_by_their_mark(open_site: PublicSite) -> None:
    answer = open_site.client.get(f"/arende/KS/{YEAR}/1")
    assert answer.cache_control.max_age is not None
    assert answer.cache_control.max_age <= 10
    again = open_site.client.get(f"/arende/KS/{YEAR}/1", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (HTTPStatus.NOT_MODIFIED, b"")


def test_links_keep_the_language_without_a_cookie(open_site: PublicSite) -> None:
    found = page(open_site, f"/arende/KS/{YEAR}/1?lang=en")
    assert found.xpath("string(/html/@lang)") == "en"
    inner = found.xpath("//main//a[starts-with(@href, '/')]/@href | //nav//a[starts-with(@href, '/')]/@href")
    assert inner
    assert all("lang=en" in address for address in inner)


COUNTED = (
    "/",
    "/sok?q=buss",
    "/sok?q=buss&ordning=title&slag=record",
    "/sok/forslag?q=bus",
    "/sok.atom?q=buss",
    f"/arende/KS/{YEAR}/1",
    f"/arende/KS/{YEAR}/1/handlingar.atom",
    f"/handling/KS/{YEAR}/1/1",
    "/postlista",
    f"/postlista?vecka={TODAY.isocalendar().year}-W{TODAY.isocalendar().week}",
    "/postlista.atom",
    "/diarium",
    f"/diarium/KS/{YEAR}",
    "/sitemap.xml",
)


def test_pages_take_the_same_number_of_statements_whatever_the_data(filled: PublicSite) -> None:
    before = {address: statements(filled, address) for address in COUNTED}
    with filled.municipality.database.unit_of_work() as session:
        first = session.query(Record).filter_by(title="Yttrande om bussar").one().case
        for _ in range(12):
            filled.municipality.record(session, first, title="Mer om bussar", parties=(COMPANY, PERSON))
            filled.municipality.record(session, title="Annat om bussar")
    filled.catch_up()
    assert {address: statements(filled, address) for address in COUNTED} == before


def statements(site: PublicSite, address: str) -> int:
    """How often the page asks the database."""
    with counted_statements(site.app.extensions["diarium"].public.database) as sent:
        assert site.client.get(address).status_code == HTTPStatus.OK
    return len([statement for statement in sent if statement.startswith(("SELECT", "WITH"))])
