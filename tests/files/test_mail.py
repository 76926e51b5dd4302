"""E-mail files as messages to register."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diarium.files.errors import UnreadableMessage
from diarium.files.extraction.mail import MailAddress, MailAttachment, parse_message
from tests.files.builders import WORDS, email, pdf
from tests.files.outlook import OutlookMessage, outlook_message, ticks

SENT = dt.datetime(2024, 1, 8, 8, 30, tzinfo=dt.UTC)
IMPOSSIBLE = "Meddelandets datum är omöjligt och har inte använts. Ange datum för hand."


def raw(*fields: str, body: bytes = b"Hej") -> bytes:
    return "\n".join(["From: a@example.se", *fields, "", ""]).encode() + body


def test_mail_is_read_with_its_people_date_text_and_attachments() -> None:
    message = parse_message(email(attachments=[("ritning åäö.pdf", pdf())]))

    assert message.subject == "Ansökan om bygglov"
    assert message.sender == MailAddress("Åsa Öberg", "asa@example.se")
    assert message.recipients == (
        MailAddress("Byggnadsnämnden", "bygg@example.se"),
        MailAddress("", "kopia@example.se"),
    )
    assert message.date == SENT
    assert message.message_id == "<1@example.se>"
    assert message.body == WORDS
    assert message.attachments == (MailAttachment("ritning åäö.pdf", "application/octet-stream", pdf()),)
    assert message.warnings == ()


def test_outlook_message_is_read_alike() -> None:
    content = outlook_message(OutlookMessage(sent_ticks=ticks(SENT), attachments=(("ritning åäö.pdf", pdf()),)))
    message = parse_message(content)

    assert message.subject == "Ansökan om bygglov"
    assert message.sender == MailAddress("Åsa Öberg", "asa@example.se")
    assert message.recipients == (MailAddress("Byggnadsnämnden", "bygg@example.se"),)
    assert message.date == SENT
    assert message.message_id == "<1@example.se>"
    assert message.body == WORDS
    assert message.attachments == (MailAttachment("ritning åäö.pdf", "application/octet-stream", pdf()),)
    assert message.warnings == ()


@pytest.mark.parametrize(
    "date", ["Mon, 32 Jan 2024 25:61:00 +9999", "i går", "", "Mon, 01 Jan 99999 00:00:00 +0000"]
)
def test_impossible_date_is_left_out_and_flagged(date: str) -> None:
    message = parse_message(raw("Subject: x", f"Date: {date}"))

    assert message.date is None
    assert message.warnings == (IMPOSSIBLE,)


def test_impossible_date_of_an_outlook_message_is_flagged() -> None:
    message = parse_message(outlook_message(OutlookMessage(sent_ticks=2**63)))

    assert message.date is None
    assert message.warnings == (IMPOSSIBLE,)


def test_missing_date_is_no_fault() -> None:
    message = parse_message(raw("Subject: x"))

    assert message.date is None
    assert message.warnings == ()


def test_date_without_zone_counts_as_utc() -> None:
    assert parse_message(raw("Date: Mon, 08 Jan 2024 08:30:00 -0000")).date == SENT


def test_page_is_read_as_text_where_there_is_no_plain_text() -> None:
    page = f"<html><body><p>{WORDS}</p><script>x()</script></body></html>".encode()
    content = raw("MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8", body=page)

    assert parse_message(content).body == WORDS
    assert parse_message(outlook_message(OutlookMessage(body="", html=page))).body == WORDS


def test_plain_text_is_preferred_to_the_same_text_as_a_page() -> None:
    assert parse_message(email(html="<p>som webbsida</p>")).body == WORDS


def test_raw_eight_bit_header_fields_are_decoded() -> None:
    content = "From: Åsa <asa@example.se>\nSubject: Överklagande\n\nHej".encode("latin-1")
    message = parse_message(content)

    assert message.subject == "Överklagande"
    assert message.sender == MailAddress("Åsa", "asa@example.se")


def test_folded_field_can_not_smuggle_in_another_one() -> None:
    message = parse_message(raw("Subject: x\n Bcc: injected@example.se"))

    assert message.subject == "x Bcc: injected@example.se"
    assert message.recipients == ()


def test_huge_fields_are_bounded() -> None:
    message = parse_message(raw("Subject: " + "x" * 500_000, "To: " + "a@example.se, " * 100_000))

    assert len(message.subject) <= 10_000
    assert len(message.recipients) <= 1_000


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\\\..\\\\evil.exe", "evil.exe"),
        ("\u202egpj.exe", "gpj.exe"),
        ("..", "namnlös"),
    ],
)
def test_attachment_names_are_made_safe(given_name: str, name: str) -> None:
    part = raw(
        "MIME-Version: 1.0",
        "Content-Type: application/pdf",
        f'Content-Disposition: attachment; filename="{given_name}"',
    )

    assert [one.name for one in parse_message(part).attachments] == [name]


def test_attachments_without_name_get_one() -> None:
    part = raw("MIME-Version: 1.0", "Content-Type: image/png", "Content-Disposition: inline")

    assert [one.name for one in parse_message(part).attachments] == ["bilaga 1"]


def test_message_in_a_message_is_an_attachment_that_can_be_read_again() -> None:
    innermost = email(subject="Innerst")
    message = parse_message(email(inner=email(subject="Inre ärende", inner=innermost)))
    inner = parse_message(message.attachments[0].content)

    assert message.attachments[0].name == "Inre ärende.eml"
    assert inner.subject == "Inre ärende"
    assert parse_message(inner.attachments[0].content).subject == "Innerst"


def test_outlook_message_in_an_outlook_message_is_kept_as_mail() -> None:
    inner = OutlookMessage(subject="Inre/ärende", attachments=(("b.pdf", pdf()),), sent_ticks=ticks(SENT))
    message = parse_message(outlook_message(OutlookMessage(embedded=inner)))
    again = parse_message(message.attachments[0].content)

    assert message.attachments[0].name == "Inre ärende.eml"
    assert (again.subject, again.body, again.date) == ("Inre/ärende", WORDS, SENT)
    assert again.sender == MailAddress("Åsa Öberg", "asa@example.se")
    assert again.attachments[0].content == pdf()


def test_too_many_attachments_are_cut_with_a_warning() -> None:
    parts = b"".join(b"--b\nContent-Type: image/png\n\nx\n" for _ in range(1_500))
    message = parse_message(raw("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", body=parts))

    assert len(message.attachments) == 1_000
    assert message.warnings == ("Meddelandet har för många bilagor: bara de första har lästs.",)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"bara text\n\nutan huvud", pdf()])
def test_file_that_is_no_mail_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableMessage, match="inget e-postmeddelande"):
        parse_message(content)


def test_compound_file_that_is_no_message_is_refused() -> None:
    with pytest.raises(UnreadableMessage):
        parse_message(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))


@pytest.mark.parametrize("opening", ["(", "<", "[", '"', "(<"])
def test_endless_brackets_in_an_address_are_read_without_end(opening: str) -> None:
    message = parse_message(raw(f"To: {opening * 3000} anna@example.se", f"Cc: bo@example.se {opening * 3000}"))
    assert len(message.recipients) <= 4


def test_endless_nesting_is_refused() -> None:
    parts = b"".join(
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (depth, depth + 1) for depth in range(3_000)
    )
    with pytest.raises(UnreadableMessage, match="skadat"):
        parse_message(raw("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b0", body=parts))


@settings(deadline=None)
@given(st.data())
def test_damaged_messages_are_read_or_refused_but_never_fail_otherwise(data: st.DataObject) -> None:
    seeds = [email(attachments=[("a.txt", b"hej")]), outlook_message(OutlookMessage(attachments=(("a", b"b"),)))]
    content = bytearray(data.draw(st.sampled_from(seeds)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=30)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        message = parse_message(bytes(content))
    except UnreadableMessage:
        return
    assert all(attachment.name for attachment in message.attachments)
