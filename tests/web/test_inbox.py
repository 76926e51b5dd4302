"""The inbox's pages: what waits and how urgent it is, one item with all that can be done, and adding by hand."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import Channel, ItemState, SetAsideReason
from diarium.register.models import Record
from tests.counting import statements_of
from tests.web.desk import INBOX, arrive, error_at, page_of, post, press, read
from tests.web.test_registering import FORM

LogIn = Callable[[str], FlaskClient]
OLD = 20  # days ago: past its deadline whatever holidays lie between


def subjects(page: html.HtmlElement) -> list[str]:
    """The subjects in the list, in order."""
    return [link.text for link in page.xpath("//table[@id='inbox']//tbody//th/a")]


def state_of(services: Diarium, subject: str) -> ItemState:
    """What became of the item with `subject`."""
    with services.database.reading() as session:
        return session.scalars(select(IntakeItem).where(IntakeItem.subject == subject)).one().state


def version_of(page: html.HtmlElement) -> str:
    """The version of the item that its page shows."""
    return str(page.xpath("//input[@name='version']/@value")[0])


# ---- the list ----


def test_list_tells_in_words_how_much_waits_and_what_is_late(services: Diarium, log_in: LogIn) -> None:
    arrive(services, subject="Ny")
    arrive(services, subject="Gammal", days_ago=OLD)
    page = page_of(log_in("rut"), INBOX)
    assert subjects(page) == ["Gammal", "Ny"]
    assert "2 oregistrerade, 0 ska registreras i dag, 1 försenad" in page.text_content()
    late, fresh = page.xpath("//table[@id='inbox']//tbody/tr")
    assert "Försenad" in late.text_content()
    assert "arbetsdagar" in late.text_content()
    assert "Försenad" not in fresh.text_content()
    menu = page.xpath("//nav[contains(@class, 'site-nav')]//a[@aria-current]")[0]
    assert menu.text == "Att registrera (2)"
    assert menu.get("data-shortcut") == "g i"


def test_empty_inbox_says_what_comes_there(log_in: LogIn) -> None:
    page = page_of(log_in("rut"), INBOX)
    assert "Allt är registrerat" in page.text_content()
    assert page.xpath("//table[@id='inbox']") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("channel=email", ["Sen", "Min", "Ledig"]),
        ("channel=scan", ["Skannad"]),
        ("who=mine", ["Min"]),
        ("who=nobody", ["Sen", "Skannad", "Ledig"]),
        ("overdue=1", ["Sen"]),
        ("state=set_aside", ["Reklam"]),
        ("authority=SN", []),
        ("channel=nonsense&state=nonsense&cursor=nonsense", ["Sen", "Min", "Skannad", "Ledig"]),
    ],
)
def test_filters_show_what_they_say(services: Diarium, log_in: LogIn, query: str, expected: list[str]) -> None:
    arrive(services, subject="Sen", days_ago=OLD)
    mine = arrive(services, subject="Min")
    arrive(services, subject="Skannad", channel=Channel.SCAN)
    arrive(services, subject="Ledig")
    junk = arrive(services, subject="Reklam")
    client = log_in("rut")
    for uid, step, facts in (
        (mine, "assign", {"assigned_to": "rut"}),
        (junk, "set_aside", {"reason": SetAsideReason.ADVERTISING.value}),
    ):
        page = page_of(client, f"{INBOX}/{uid}")
        assert post(client, f"{INBOX}/{uid}/{step}", page, version=version_of(page), **facts).status_code == 302
    assert subjects(page_of(client, f"{INBOX}?{query}")) == expected


def test_list_goes_on_from_page_to_page_and_back(services: Diarium, log_in: LogIn) -> None:
    for number in range(60):
        arrive(services, subject=f"Post {number:02}")
    client = log_in("rut")
    first = page_of(client, INBOX)
    second = page_of(client, first.xpath("//a[@rel='next']/@href")[0])
    assert len(subjects(first)) == 50
    assert sorted(subjects(first) + subjects(second)) == [f"Post {number:02}" for number in range(60)]
    back = page_of(client, second.xpath("//a[@rel='prev']/@href")[0])
    assert subjects(back) == subjects(first)


def test_inbox_is_for_those_who_register_at_its_authority(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services, subject="Hemligt besked", with_files=1)
    assert subjects(page_of(log_in("siv"), INBOX)) == []
    assert log_in("siv").get(f"{INBOX}/{uid}").status_code == 404
    assert log_in("arja").get(INBOX).status_code == 403
    with services.database.reading() as session:
        file = session.scalars(select(IntakeItem)).one().files[0].uid
    assert log_in("rut").get(f"{INBOX}/{uid}/fil/{file}").status_code == 200
    for username in ("siv", "hans"):
        assert log_in(username).get(f"{INBOX}/{uid}/fil/{file}").status_code == 404


def test_ticked_items_are_set_aside_together(services: Diarium, log_in: LogIn) -> None:
    for number in range(3):
        arrive(services, subject=f"Post {number}")
    client = log_in("rut")
    page = page_of(client, INBOX)
    ticked = page.xpath("//input[@name='item']/@value")[:2]
    answer = post(client, f"{INBOX}/flera", page, item=ticked, do="set_aside")
    page = read(answer.text)
    assert answer.status_code == 422
    assert "Välj varför" in error_at(page, "many-reason")
    assert len(page.xpath("//input[@name='item'][@checked]")) == 2
    post(client, f"{INBOX}/flera", page, item=ticked, do="set_aside", reason="trivial")
    page = page_of(client, INBOX)
    assert "2 poster registreras inte." in page.text_content()
    assert subjects(page) == ["Post 2"]


@pytest.mark.parametrize(
    ("facts", "field", "message"),
    [
        ({"reason": "trivial", "is_secret": "1"}, "many-is_secret", "alltid registreras"),
        ({"reason": "not_official"}, "many-note", "Skriv varför"),
    ],
)
def test_ticked_items_are_not_set_aside_where_what_is_told_of_them_forbids_it(
    services: Diarium, log_in: LogIn, facts: dict[str, str], field: str, message: str
) -> None:
    for number in range(2):
        arrive(services, subject=f"Post {number}")
    client = log_in("rut")
    page = page_of(client, INBOX)
    assert page.xpath("//input[@type='checkbox'][@name='is_secret']")
    ticked = page.xpath("//input[@name='item']/@value")
    answer = post(client, f"{INBOX}/flera", page, item=ticked, do="set_aside", **facts)
    assert answer.status_code == 422
    assert message in error_at(read(answer.text), field)
    assert {state_of(services, f"Post {number}") for number in range(2)} == {ItemState.NEW}


@pytest.mark.parametrize(("step", "facts"), [("set_aside", {"reason": "trivial"}), ("return", {"reason": "Fel"})])
def test_after_settling_an_item_the_next_one_follows_with_a_way_back(
    services: Diarium, log_in: LogIn, step: str, facts: dict[str, str]
) -> None:
    first, second = arrive(services, subject="Ett", days_ago=1), arrive(services, subject="Två")
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{first}")
    answer = post(client, f"{INBOX}/{first}/{step}", page, version=version_of(page), **facts)
    assert answer.headers["Location"] == f"{INBOX}/{second}"
    page = page_of(client, answer.headers["Location"])
    assert page.xpath("//*[contains(@class, 'messages')]//a/@href") == [f"{INBOX}/{first}"]
    answer = post(client, f"{INBOX}/{second}/{step}", page, version=version_of(page), **facts)
    assert answer.headers["Location"] == INBOX


def test_officer_who_gives_an_item_away_is_led_to_the_list(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    rut, hans = log_in("rut"), log_in("hans")
    page = page_of(rut, f"{INBOX}/{uid}")
    answer = post(rut, f"{INBOX}/{uid}/assign", page, version=version_of(page), assigned_to="hans")
    assert answer.headers["Location"] == f"{INBOX}/{uid}"
    page = page_of(hans, f"{INBOX}/{uid}")
    answer = post(hans, f"{INBOX}/{uid}/assign", page, version=version_of(page), assigned_to="rut")
    assert answer.headers["Location"] == INBOX
    assert "Posten är tilldelad." in page_of(hans, INBOX).text_content()


def test_list_says_what_is_remarkable(services: Diarium, log_in: LogIn) -> None:
    arrive(services, remarks=("Bilagan är krypterad.", "Mer"))
    row = page_of(log_in("rut"), INBOX).xpath("//table[@id='inbox']//tbody//th")[0]
    assert "Anmärkning: Bilagan är krypterad." in " ".join(row.text_content().split())
    assert row.xpath(".//@title") == ["Bilagan är krypterad."]


def test_key_opens_what_is_not_to_be_registered(services: Diarium, log_in: LogIn) -> None:
    page = page_of(log_in("rut"), f"{INBOX}/{arrive(services)}")
    assert page.xpath("//summary[@data-shortcut='i']/text()") == ["Ska inte registreras"]


def test_ticked_items_are_assigned_though_somebody_took_one_of_them(services: Diarium, log_in: LogIn) -> None:
    taken = arrive(services, subject="Tagen")
    arrive(services, subject="Ledig")
    client = log_in("rut")
    page = page_of(client, INBOX)
    ticked = page.xpath("//input[@name='item']/@value")
    press(client, FORM, page_of(client, f"{FORM}?post={taken}"), then="")
    post(client, f"{INBOX}/flera", page, item=ticked, do="assign", assigned_to="rut")
    text = page_of(client, INBOX).text_content()
    assert "1 post är tilldelad." in text
    assert "redan avklarad: registrerad av Rut Registrator" in text


def test_ticked_items_are_merged_into_the_first(services: Diarium, log_in: LogIn) -> None:
    arrive(services, subject="Ansökan", with_files=1, days_ago=1)
    arrive(services, subject="Bilagan", with_files=2)
    client = log_in("rut")
    page = page_of(client, INBOX)
    post(client, f"{INBOX}/flera", page, item=page.xpath("//input[@name='item']/@value"), do="merge")
    assert state_of(services, "Bilagan") is ItemState.MERGED
    with services.database.reading() as session:
        first = session.scalars(select(IntakeItem).where(IntakeItem.subject == "Ansökan")).one()
        assert len(first.files) == 3


def test_nothing_ticked_is_told(services: Diarium, log_in: LogIn) -> None:
    arrive(services)
    client = log_in("rut")
    answer = post(client, f"{INBOX}/flera", page_of(client, INBOX), do="merge")
    assert answer.status_code == 422
    assert "Kryssa för minst en post" in answer.text


# ---- one item ----


def test_item_shows_what_came_and_where_it_may_belong(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    first = arrive(services, subject="Första", message_id="<a@b>")
    press(client, FORM, page_of(client, f"{FORM}?post={first}"), then="")
    uid = arrive(services, subject="Svar", in_reply_to="<a@b>", body="Jag håller <b>inte</b> med", with_files=1)
    page = page_of(client, f"{INBOX}/{uid}")
    main = page.xpath("//main")[0].text_content()
    assert "Jag håller <b>inte</b> med" in main
    assert "Trafikbolaget AB <info@trafikbolaget.example>" in main
    assert "Svar i samma konversation" in main
    choice = page.xpath("//section[@id='register']//a")[0]
    assert choice.get("data-shortcut") == "1"
    assert re.search(r"\?post=.*&arende=", choice.get("href"))


def test_plain_text_can_be_read_and_a_picture_seen_on_the_page(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services, with_files=1)
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{uid}")
    assert (
        "@trafikbolaget.example> 0"
        in page.xpath("//li[contains(@class, 'inbox-file')]//details")[0].text_content()
    )
    shown = client.get(page.xpath("//a[contains(@href, '/visa/')]/@href")[0])
    assert shown.headers["Content-Security-Policy"].startswith("sandbox")
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert not shown.headers.get("Content-Disposition", "").startswith("attachment")


def test_file_with_something_active_is_only_ever_saved(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/lagg-till")
    upload = (io.BytesIO(b"<html><script>alert(1)</script></html>"), "sida.html")
    post(client, f"{INBOX}/lagg-till/filer", page, authority="KS", dropped=upload)
    with services.database.reading() as session:
        item = session.scalars(select(IntakeItem)).one()
        address = f"{INBOX}/{item.uid}/visa/{item.files[0].uid}"
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("step", "facts", "state"),
    [
        ("set_aside", {"reason": "trivial", "note": "Tackkort"}, ItemState.SET_ASIDE),
        ("return", {"reason": "Hör till regionen"}, ItemState.RETURNED),
        ("assign", {"assigned_to": "hans"}, ItemState.NEW),
    ],
)
def test_item_is_settled_in_another_way_and_tells_it(
    services: Diarium, log_in: LogIn, step: str, facts: dict[str, str], state: ItemState
) -> None:
    uid = arrive(services, subject="En post")
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{uid}")
    assert post(client, f"{INBOX}/{uid}/{step}", page, version=version_of(page), **facts).status_code == 302
    assert state_of(services, "En post") is state
    text = page_of(client, f"{INBOX}/{uid}").text_content()
    assert all(value in text for name, value in facts.items() if name in ("note",))
    assert "Rut Registrator" in text


@pytest.mark.parametrize(
    ("step", "facts", "field", "message"),
    [
        ("set_aside", {}, "set_aside-reason", "Välj varför"),
        ("set_aside", {"reason": "not_official"}, "set_aside-note", "Skriv varför"),
        ("set_aside", {"reason": "trivial", "is_secret": "1"}, "set_aside-is_secret", "alltid registreras"),
        ("return", {"reason": " "}, "return-reason", "Skriv varför"),
        ("split", {}, "split-files", "Välj minst en"),
        ("merge", {}, "merge-others", "Välj minst en"),
        ("assign", {"assigned_to": "arja"}, "assign-assigned_to", "ingen användare"),
    ],
)
def test_mistake_in_a_step_is_told_at_its_field(
    services: Diarium, log_in: LogIn, step: str, facts: dict[str, str], field: str, message: str
) -> None:
    arrive(services, subject="En annan")
    uid = arrive(services, with_files=2)
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{uid}")
    answer = post(client, f"{INBOX}/{uid}/{step}", page, version=version_of(page), **facts)
    assert answer.status_code == 422
    assert message in error_at(read(answer.text), field)


def test_conflict_says_who_took_the_item(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{uid}")
    press(client, FORM, page_of(client, f"{FORM}?post={uid}"), then="")
    answer = post(client, f"{INBOX}/{uid}/return", page, version=version_of(page), reason="Fel adress")
    assert answer.status_code == 409
    assert "registrerad av Rut Registrator" in answer.text
    assert f"KS {today().year}/1-1" in answer.text


def test_item_is_split_and_what_was_set_aside_is_taken_back(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services, subject="Två saker", with_files=2)
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{uid}")
    file = page.xpath("//input[@name='files']/@value")[0]
    answer = post(client, f"{INBOX}/{uid}/split", page, version=version_of(page), files=file)
    assert answer.status_code == 302, read(answer.text).xpath("//*[@role='alert']")[0].text_content()
    with services.database.reading() as session:
        assert sorted(len(item.files) for item in session.scalars(select(IntakeItem))) == [1, 1]
    page = page_of(client, f"{INBOX}/{uid}")
    post(client, f"{INBOX}/{uid}/set_aside", page, version=version_of(page), reason="duplicate")
    page = page_of(client, f"{INBOX}/{uid}")
    assert "Dubblett" in page.text_content()
    assert post(client, f"{INBOX}/{uid}/take_back", page, reason="Ingen dubblett").status_code == 302
    assert page_of(client, f"{INBOX}/{uid}").xpath("//section[@id='register']")


def test_same_message_twice_is_shown_on_both(services: Diarium, log_in: LogIn) -> None:
    arrive(services, message_id="<samma@b>")
    uid = arrive(services, message_id="<samma@b>")
    client = log_in("rut")
    assert "Har kommit in förut" in page_of(client, INBOX).xpath("//table")[0].text_content()
    assert page_of(client, f"{INBOX}/{uid}").xpath("//section[@id='duplicates']//a")


def test_unknown_step_or_file_is_not_found(services: Diarium, log_in: LogIn) -> None:
    uid = arrive(services)
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/{uid}")
    assert post(client, f"{INBOX}/{uid}/explode", page).status_code == 404
    assert client.get(f"{INBOX}/{uid}/fil/{uid}").status_code == 404


# ---- by hand ----


def test_dropped_message_becomes_an_item_with_its_attachments(services: Diarium, log_in: LogIn) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "Anna Ek <anna@ek.example>",
        "ks@ekdala.example",
        "Ansökan",
    )
    message["Message-ID"] = "<1@ek.example>"
    message.set_content("Jag ansöker.")
    message.add_attachment(b"%PDF-1.4 ansokan", maintype="application", subtype="pdf", filename="ansökan.pdf")
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/lagg-till")
    files = [(io.BytesIO(message.as_bytes()), "brev.eml"), (io.BytesIO(b"en anteckning"), "lapp.txt")]
    answer = post(client, f"{INBOX}/lagg-till/filer", page, authority="KS", dropped=files)
    assert answer.headers["Location"] == INBOX
    with services.database.reading() as session:
        mail, note = session.scalars(select(IntakeItem).order_by(IntakeItem.id)).all()
        assert (mail.subject, mail.sender_email) == ("Ansökan", "anna@ek.example")
        assert [file.file_name for file in mail.files] == ["brev.eml", "ansökan.pdf"]
        assert note.channel is Channel.FILE_DROP


def test_no_file_or_an_empty_one_is_told(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/lagg-till")
    answer = post(client, f"{INBOX}/lagg-till/filer", page, authority="KS")
    assert "Välj minst en fil" in error_at(read(answer.text), "dropped")
    answer = post(client, f"{INBOX}/lagg-till/filer", page, authority="KS", dropped=(io.BytesIO(b""), "tom.txt"))
    assert answer.status_code == 302
    assert "Allt kunde inte läsas" in page_of(client, answer.headers["Location"]).text_content()


def test_what_was_told_by_telephone_is_added_and_registered(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/lagg-till")
    told = {
        "authority": "KS",
        "subject": "Klagomål på snöröjning",
        "sender_name": "Okänd",
        "official_on": "2026-01-07",
        "body": "Ringde kl. 9.",
    }
    answer = post(client, f"{INBOX}/lagg-till/post", page, **told)
    assert answer.status_code == 302, read(answer.text).text_content()
    uid = answer.headers["Location"].rpartition("/")[2]
    assert press(client, FORM, page_of(client, f"{FORM}?post={uid}"), then="").status_code == 302
    with services.database.reading() as session:
        record = session.scalars(select(Record)).one()
        assert record.official_on.isoformat() == "2026-01-07"
        assert "Ringde kl. 9." in services.blobs.path(record.documents[0].sha256).read_text("utf-8")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("subject", "", "Skriv vad det rör"),
        ("subject", "a" * 501, "501 tecken"),
        ("official_on", "i går", "2024-05-01"),
        ("official_on", "2999-01-01", "framtiden"),
        ("authority", "XX", "ingen myndighet"),
    ],
)
def test_mistake_when_adding_is_told_at_its_field(log_in: LogIn, field: str, value: str, message: str) -> None:
    client = log_in("rut")
    page = page_of(client, f"{INBOX}/lagg-till")
    given = {
        "authority": "KS",
        "subject": "Brev",
        "official_on": today().isoformat(),
        "body": "Text",
        field: value,
    }
    answer = post(client, f"{INBOX}/lagg-till/post", page, **given)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Text" in read(answer.text).xpath("//textarea[@name='body']")[0].text


# ---- how much it asks ----


def test_inbox_asks_as_many_questions_of_much_data_as_of_little(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    uids = [arrive(services, with_files=1, subject=f"Post {number}") for number in range(3)]
    page_of(client, INBOX)
    counts = []
    for _round in range(2):
        with statements_of(services.database.engine) as sent:
            page_of(client, INBOX)
            page_of(client, f"{INBOX}/{uids[0]}")
        counts.append(len(sent))
        uids += [arrive(services, with_files=5) for _number in range(27)]
    assert counts[0] == counts[1]
