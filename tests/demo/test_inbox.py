"""The thirty items of the demo municipality's inbox: always the same, and such as a registrar really finds."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from diarium.demo.content import OpenCase, generate, inbox, municipality, render_enclosure, render_mail
from diarium.demo.content.model import DemoItem, Layout, Wrapping
from diarium.files.extraction.mail import parse_message
from diarium.files.extraction.message import MailMessage
from diarium.intake.vocabulary import Channel
from diarium.workdays import next_workday

TODAY = dt.date(2026, 11, 24)
KINDS = (
    ("SBN", "Detaljplan"),
    ("SBN", "Bygglov"),
    ("KS", "Upphandling"),
    ("KS", "Budget"),
    ("BUN", "Delegationsbeslut"),
)
CASES = tuple(
    OpenCase(f"{code} 2026/{number}", code, kind, f"{kind} nummer {number}", "Petra Lovgren")
    for number, (code, kind) in enumerate(KINDS, start=40)
)
days = st.dates(min_value=dt.date(2024, 1, 5), max_value=dt.date(2030, 12, 31))


@lru_cache(maxsize=1)
def items() -> dict[str, DemoItem]:
    return {item.key: item for item in inbox(1, TODAY, CASES)}


def contents(item: DemoItem) -> list[bytes]:
    return [render_enclosure(item, enclosure) for enclosure in item.enclosures]


def mail(key: str) -> MailMessage:
    item = items()[key]
    return parse_message(render_mail(item, contents(item)))


def waiting() -> list[DemoItem]:
    return [item for item in items().values() if item.settled is None]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32), today=days)
def test_the_same_seed_and_day_give_the_same_thirty_items(seed: int, today: dt.date) -> None:
    first = inbox(seed, today, CASES)

    assert first == inbox(seed, today, CASES)
    assert sum(item.settled is None for item in first) == 30
    assert len({item.key for item in first}) == len(first)


def test_the_same_item_gives_the_same_bytes() -> None:
    for item in items().values():
        first, again = contents(item), contents(item)
        assert first == again
        assert item.message_id is None or render_mail(item, first) == render_mail(item, again)


@settings(max_examples=40, deadline=None)
@given(today=days)
def test_everything_has_come_in_before_today_and_something_is_late(today: dt.date) -> None:
    found = inbox(1, today, CASES)
    midnight = dt.datetime.combine(today, dt.time())

    assert all(item.received_at.replace(tzinfo=None) < midnight for item in found)
    late = next(item for item in found if item.key == "bidrag-fredag")
    assert (late.received_at.weekday(), f"{late.received_at:%H:%M}") == (4, "23:59")
    assert next_workday(late.received_at.date()) <= next_workday(today)
    counter = next(item for item in found if item.key == "besok-disken")
    assert next_workday(counter.received_at.date() - dt.timedelta(1)) == counter.received_at.date()


def test_each_channel_is_there_and_mailboxes_are_the_municipalitys_own() -> None:
    authorities = {authority.code: authority for authority in municipality(1).authorities}

    assert {item.channel for item in waiting()} == {
        Channel.EMAIL, Channel.SCAN, Channel.E_SERVICE, Channel.MANUAL
    }  # fmt: skip
    assert {item.authority for item in waiting()} == set(authorities)
    assert all(item.mailbox.endswith("@ekdala.example") for item in waiting())


def test_every_address_is_one_that_nobody_can_have() -> None:
    for item in items().values():
        assert item.address.endswith((".example", ".example.net")), item.key
        if item.message_id:
            raw = render_mail(item, contents(item)).decode("ascii")
            assert set(re.findall(r"\[([0-9.]+)\]", raw)) == {"192.0.2.25", "198.51.100.7"}


def test_a_mail_says_what_was_written_and_the_way_it_came() -> None:
    raw = render_mail(items()["bygglov"], contents(items()["bygglov"])).decode("ascii")
    message = mail("bygglov")

    assert raw.count("\r\nReceived: ") == 2
    assert raw.startswith("Return-Path: ")
    assert message.subject == items()["bygglov"].subject
    assert message.sender is not None
    assert message.sender.address == items()["bygglov"].address
    assert message.body.startswith("Hej,\n\nVi vill bygga ett inglasat uterum")
    assert [attached.name.rpartition(".")[2] for attached in message.attachments] == ["pdf"] * 4
    assert message.date is not None
    assert dt.timedelta(0) < items()["bygglov"].received_at - message.date < dt.timedelta(minutes=2)


def test_a_case_is_named_by_its_number_where_there_is_one() -> None:
    assert items()["yttrande-lansstyrelse"].subject.startswith("Yttrande i ärende SBN 2026/4")
    assert items()["anbud-1"].case_number == items()["anbud-2"].case_number == "KS 2026/42"
    without = {item.key: item for item in inbox(1, TODAY, ())}
    assert without["yttrande-lansstyrelse"].subject.startswith("Yttrande i ert ärende")
    assert without["komplettering-grannar"].settled is None  # no case to register it in


def test_the_answer_stands_in_the_thread_of_the_first_mail() -> None:
    first, answer = items()["komplettering-grannar"], items()["svar-i-trad"]
    raw = render_mail(answer, []).decode("ascii")

    assert first.settled is not None
    assert first.message_id is not None
    assert answer.sender == first.sender
    assert answer.in_reply_to not in (None, first.message_id)
    assert f"In-Reply-To: {answer.in_reply_to}" in raw
    assert f"References: {first.message_id}" in raw


def test_the_same_mail_in_two_mailboxes_has_one_message_id() -> None:
    first, second = items()["cykelvag"], items()["cykelvag-igen"]

    assert first.message_id == second.message_id
    assert first.mailbox != second.mailbox
    assert render_mail(first, contents(first)) != render_mail(second, contents(second))
    assert (
        mail("cykelvag") == mail("cykelvag-igen")
        or mail("cykelvag").recipients != mail("cykelvag-igen").recipients
    )


def test_no_two_other_mails_share_a_message_id() -> None:
    ids = [item.message_id for item in items().values() if item.message_id and item.key != "cykelvag-igen"]

    assert len(set(ids)) == len(ids) > 24


def test_odd_mails_are_odd() -> None:
    assert "\nSubject:" not in render_mail(items()["avtal-winmail"], contents(items()["avtal-winmail"])).decode()
    assert mail("avtal-winmail").subject == ""
    assert mail("last-pdf").body == ""
    assert "🛹" in mail("skatepark").subject
    assert len(mail("eu-remiss").attachments) == 12
    assert b"text/plain" not in render_mail(items()["klagomal"], [])
    assert "Jag har ringt." in mail("klagomal").body
    assert b"Auto-Submitted: auto-replied" in render_mail(items()["franvaro"], [])
    assert b"List-Unsubscribe: " in render_mail(items()["nyhetsbrev"], [])
    assert mail("begaran").sender is not None
    assert mail("begaran").sender.name == ""  # type: ignore[union-attr]


def test_protected_and_secret_things_say_so_only_inside() -> None:
    protected = items()["skyddad-identitet"]

    assert protected.sender is not None
    assert protected.sender.protected
    assert protected.sender.name not in repr(protected.enclosures)
    assert protected.sender.name not in protected.subject
    assert items()["oro"].subject == "Orosanmälan"


def wrapped(wrapping: Wrapping) -> Iterator[bytes]:
    for item in items().values():
        for enclosure, content in zip(item.enclosures, contents(item), strict=True):
            if enclosure.wrapping is wrapping:
                yield content


def test_a_scanned_letter_has_pages_but_no_text() -> None:
    (content,) = wrapped(Wrapping.SCAN)
    document = pypdfium2.PdfDocument(content)

    assert [page.get_textpage().get_text_range() for page in document] == [""] * len(document)
    picture: Image.Image = document[0].render(scale=0.3, grayscale=True).to_pil()
    assert min(picture.tobytes()) < 128  # something is written on it


def test_a_locked_pdf_does_not_open() -> None:
    (content,) = wrapped(Wrapping.LOCKED)

    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pypdfium2.PdfDocument(content)


def test_a_zip_opens_and_holds_a_paper() -> None:
    (content,) = wrapped(Wrapping.ZIP)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        papers = [name for name in archive.namelist() if name.endswith(".pdf")]
        assert len(pypdfium2.PdfDocument(archive.read(papers[0]))) >= 1


def test_an_outlook_message_is_read_as_one() -> None:
    (content,) = wrapped(Wrapping.MSG)
    message = parse_message(content)

    assert message.subject == "Preliminärt utfall per oktober"
    assert message.sender is not None
    assert message.sender.address == "solveig.budgethed@ekdala.example"
    assert len(message.body.split()) >= 60


def test_winmail_holds_the_paper_that_nobody_else_can_see() -> None:
    (content,) = wrapped(Wrapping.TNEF)
    paper = content[content.index(b"%PDF") : content.rindex(b"%%EOF") + 5]

    assert content.startswith(b"\x78\x9f\x3e\x22")
    assert b"Avtal f\xf6r underskrift.pdf\0" in content
    assert len(pypdfium2.PdfDocument(paper)) >= 1


def test_what_an_e_service_sends_has_its_reference_and_answers() -> None:
    sent = [item for item in waiting() if item.channel is Channel.E_SERVICE]

    assert len({item.reference for item in sent}) == len(sent) == 2
    for item in sent:
        form = contents(item)[0].decode("utf-8")
        assert f'"referens": "{item.reference}"' in form
        assert '"svar": {' in form
        assert item.sender is not None
        assert item.sender.name in form


def test_every_paper_holds_words_and_no_open_slot() -> None:
    for item in items().values():
        assert not set("{}") & set(item.subject + item.text), item.key
        for enclosure in item.enclosures:
            if enclosure.file is not None and enclosure.file.layout is not Layout.TABLE:
                assert sum(len(text.split()) for text in enclosure.file.paragraphs) >= 60, enclosure.name
                assert not set("{}|") & set(" ".join(enclosure.file.paragraphs))


def test_cases_of_the_demonstration_are_named() -> None:
    known = [
        OpenCase(f"{case.authority} {case.opened.year}/{place}", case.authority, case.case_type, case.title, "N")
        for place, case in enumerate(generate(1, 60, TODAY))
        if case.closed is None
    ]
    named = {item.case_number for item in inbox(1, TODAY, known)} - {None}

    assert len(named) >= 4
    assert named <= {case.number for case in known}
