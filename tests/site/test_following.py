"""Following by e-mail, as a visitor without JavaScript does it: the public side hands on and knows nobody."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html
from lxml.html import HtmlElement
from sqlalchemy import select
from werkzeug.test import TestResponse

from diarium.db.base import now
from diarium.i18n import today
from diarium.letterbox.letters import Confirm, Follow, FollowTarget, Letter, Unfollow
from diarium.register.models import Case
from diarium.settings import MailSecurity, MailSettings, from_environment
from diarium.subscriptions.models import Subscription
from tests.correspondence.conftest import MailServer, mail_server, open_server  # noqa: F401 (fixtures)
from tests.site.conftest import PublicSite

YEAR = today().year
CASE = f"/arende/KS/{YEAR}/1"
BASE = "https://diarium.ekdala.example"
TOKEN = "A-z_0" * 4 + "xy"


@pytest.fixture
def paper(tmp_path: Path, mail_server: MailServer) -> Iterator[PublicSite]:  # noqa: F811
    """A site that knows where it is, with a mail server and a shown case."""
    settings = from_environment(
        {"DIARIUM_DATA": str(tmp_path / "data"), "DIARIUM_ROLE": "public", "DIARIUM_PUBLIC_URL": f"{BASE}/"}
    )
    mail = MailSettings("127.0.0.1", mail_server.port, MailSecurity.NONE, sender="diarium@ekdala.example")
    opened = PublicSite(replace(settings, secret_key="prov" * 8, mail=mail))
    municipality = opened.municipality
    with municipality.database.unit_of_work() as session:
        municipality.record(session, municipality.case(session, title="Busslinje 7"), title="Yttrande om bussar")
    opened.catch_up()
    yield opened
    opened.close()


def page_of(answer: TestResponse, status: int = HTTPStatus.OK) -> HtmlElement:
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def letters(site: PublicSite) -> list[Letter]:
    """What lies in the letterbox."""
    return [waiting.letter for waiting in site.services.letterbox.waiting()]


def follow_form(site: PublicSite, start: str) -> str:
    """Where the form is sent that is found from the page `start`."""
    [link] = page_of(site.client.get(start)).xpath("//main//a[contains(@href, '/folj?') or @href='/folj']/@href")
    [action] = page_of(site.client.get(link)).xpath("//form[@method='post']/@action")
    return str(action)


def test_the_whole_way_from_a_case_to_the_end(paper: PublicSite, mail_server: MailServer) -> None:  # noqa: F811
    client = paper.client
    page_of(client.post(follow_form(paper, CASE), data={"epost": "anna@post.example"}))
    collector, mailing = paper.services.letter_collector, paper.services.follow_round
    assert collector.run() == 1
    assert mailing.run() == 1
    [mail] = mail_server.messages
    for path in ("bekrafta", "avsluta"):
        found = re.search(rf"{BASE}(/folj/{path}\?t=\S+)", mail.get_content())
        assert found is not None
        page = page_of(client.get(found[1]))
        assert letters(paper) == [], "a mail scanner that opens links does nothing"
        [form] = page.xpath("//form[@method='post']")
        data = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        page_of(client.post(form.get("action"), data=data))
        collector.run()
        with paper.municipality.database.reading() as session:
            confirmed = session.scalars(select(Subscription.confirmed_at)).all()
        assert [moment is not None for moment in confirmed] == ([True] if path == "bekrafta" else [])


def test_links_in_mails_lead_to_pages_of_the_site(paper: PublicSite, mail_server: MailServer) -> None:  # noqa: F811
    with paper.municipality.database.reading() as session:
        uid = session.scalars(select(Case.uid)).one()
    desk, mailing = paper.services.letter_collector.following, paper.services.follow_round
    with paper.municipality.database.unit_of_work() as session:
        desk.follow(session, Follow("anna@post.example", FollowTarget(case_uid=uid), "en"))
        row = session.scalars(select(Subscription)).one()
        row.confirmed_at, row.confirm_hash, row.expires_at = now() - dt.timedelta(days=3), None, None
        row.seen_to = row.confirmed_at
    assert replace(mailing, clock=lambda: now() + dt.timedelta(days=2)).run() == 1
    [mail] = mail_server.messages
    addresses = re.findall(rf"{BASE}\S+", mail.get_content())
    assert [urlsplit(address).path for address in addresses] == [f"/handling/KS/{YEAR}/1/1", "/folj/avsluta"]
    for address in addresses:
        page = page_of(paper.client.get(address.removeprefix(BASE)))
        assert page.get("lang") == "en"


def test_a_search_is_followed_with_its_filters_and_without_its_period(paper: PublicSite) -> None:
    search = "/sok?q=bussar&myndighet=KS&slag=record&period=vecka&ordning=oldest&status=closed"
    page_of(paper.client.post(follow_form(paper, search), data={"epost": " Bo@Post.example "}))
    [letter] = letters(paper)
    assert isinstance(letter, Follow)
    assert letter.email == "Bo@post.example"
    assert (letter.target.query, letter.target.date_from, letter.target.case_uid) == ("bussar", None, None)
    filters = {name: set(values) for name, values in letter.target.filters.items()}
    assert filters == {"authority": {"KS"}, "kind": {"record"}, "status": {"closed", "archived"}}


def test_the_answer_is_the_same_whoever_follows_already(paper: PublicSite) -> None:
    action = follow_form(paper, CASE)

    def asked(email: str) -> str:
        return paper.client.post(action, data={"epost": email}).text.replace(email, "…")

    first = asked("anna@post.example")
    paper.services.letter_collector.run()
    with paper.municipality.database.unit_of_work() as session:
        session.scalars(select(Subscription)).one().confirmed_at = now()
    assert asked("anna@post.example") == first == asked("nytt@post.example")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"epost": ""}, "epost"),
        ({"epost": "anna"}, "epost"),
        ({"epost": "a@b.se, c@d.se"}, "epost"),
        ({"epost": "a@b.se\nBcc: c@d.se"}, "epost"),
        ({"epost": "anna@post.example", "webbplats": "x"}, "webbplats"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(paper: PublicSite, fields: dict[str, str], field: str) -> None:
    page = page_of(paper.client.post("/folj?q=bussar", data=fields), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.xpath("//div[@role='alert']//a/@href") == [f"#{field}"]
    assert page.xpath("//input[@name='epost']/@value")[0].split() == fields["epost"].split()
    assert letters(paper) == []


def test_a_mail_program_ends_it_with_one_click(paper: PublicSite) -> None:
    """Source: RFC 8058: a POST to the address in the header, from no page of ours, without cookies."""
    answer = paper.client.post(f"/folj/avsluta?t={TOKEN}", data={"List-Unsubscribe": "One-Click"})
    page_of(answer)
    assert letters(paper) == [Unfollow(TOKEN)]
    assert "Set-Cookie" not in answer.headers


def test_the_site_knows_its_own_name_also_behind_another_server(paper: PublicSite) -> None:
    for origin, status in ((BASE, HTTPStatus.OK), ("http://localhost", HTTPStatus.OK), ("https://x.example", 400)):
        data = {"epost": "anna@post.example"}
        answer = paper.client.post("/folj?q=bussar", data=data, headers={"Origin": origin})
        assert answer.status_code == status


def test_opening_a_link_does_nothing_and_pressing_its_button_does(paper: PublicSite) -> None:
    for page, letter in (("bekrafta", Confirm(TOKEN)), ("avsluta", Unfollow(TOKEN))):
        before = len(letters(paper))
        answer = paper.client.get(f"/folj/{page}?t={TOKEN}")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert len(letters(paper)) == before
        page_of(paper.client.post(f"/folj/{page}", data={"t": TOKEN}))
        assert letters(paper)[-1] == letter


@pytest.mark.parametrize("token", ["", "kort", "x" * 65, "a" * 22 + "<script>", "%00" * 22])
def test_half_a_link_says_so(paper: PublicSite, token: str) -> None:
    for page in ("bekrafta", "avsluta"):
        assert "Kopiera hela länken" in words(
            page_of(paper.client.get(f"/folj/{page}?t={token}"), HTTPStatus.UNPROCESSABLE_ENTITY)
        )
    assert letters(paper) == []


def test_a_case_that_is_not_shown_can_not_be_followed_and_nobody_learns_why(paper: PublicSite) -> None:
    municipality = paper.municipality
    with municipality.database.unit_of_work() as session:
        hidden = municipality.case(session, classification="4", title="Visselblåsning").uid
    paper.catch_up()
    answers = [paper.client.get(f"/folj?arende={uid}") for uid in (hidden, uuid.uuid4(), "x")]
    assert {answer.status_code for answer in answers} == {HTTPStatus.NOT_FOUND}
    assert len({re.sub(r"arende=[^\"&]*", "", answer.text) for answer in answers}) == 1
    assert "Visselblåsning" not in answers[0].text


def test_without_an_address_of_the_site_the_feed_is_offered_instead(site: PublicSite) -> None:
    page = page_of(site.client.get("/folj?q=bussar"))
    assert not page.xpath("//form[@method='post']")
    assert "/sok.atom?q=bussar" in page.xpath("//main//a[@type='application/atom+xml']/@href")[0]
    answer = site.client.post("/folj?q=bussar", data={"epost": "anna@post.example"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert letters(site) == []


def test_too_many_tries_from_one_address_wait(paper: PublicSite) -> None:
    for number in range(5):
        page_of(paper.client.post("/folj?q=bussar", data={"epost": f"x{number}@post.example"}))
    page = page_of(
        paper.client.post("/folj?q=bussar", data={"epost": "kvar@post.example"}), HTTPStatus.TOO_MANY_REQUESTS
    )
    assert page.xpath("//input[@name='epost']/@value") == ["kvar@post.example"]
    assert len(letters(paper)) == 5
    answer = paper.client.post("/folj?arende=x", data={"epost": "kvar@post.example"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_pressing_twice_puts_one_letter_into_the_box(paper: PublicSite) -> None:
    for _time in range(2):
        page_of(paper.client.post("/folj?q=bussar", data={"epost": "anna@post.example"}))
        page_of(paper.client.post("/folj/avsluta", data={"t": TOKEN}))
    assert [type(letter) for letter in letters(paper)] == [Follow, Unfollow]
