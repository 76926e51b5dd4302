"""From bytes to items: real structures of mail, files alone, and what is meant to do harm."""

from __future__ import annotations

import datetime as dt
import io
import json
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.intake.envelope import read_envelope
from diarium.intake.models import IntakeItem
from diarium.intake.taking_in import Intake, Origin, Outcome, Taken
from diarium.intake.vocabulary import Channel, FileKind
from tests.files.outlook import OutlookMessage, outlook_message
from tests.intake.conftest import MAX_BYTES
from tests.intake.letters import letter

DROPPED = Origin("KS", Channel.FILE_DROP, file_name="brev.eml")


def item_of(intake: Intake, taken: Taken) -> IntakeItem:
    """The item, with its files."""
    with intake.database.reading() as session:
        item = session.scalars(select(IntakeItem).where(IntakeItem.uid == taken.uid)).one()
        assert item.files is not None
        return item


def take(intake: Intake, content: bytes, name: str = "brev.eml") -> IntakeItem:
    """The item that a dropped file becomes."""
    return item_of(intake, intake.stream(io.BytesIO(content), Origin("KS", Channel.FILE_DROP, file_name=name)))


def test_letter_with_pictures_related_to_its_page_and_a_letter_in_it_keeps_every_part(intake: Intake) -> None:
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Ursprunglig ansökan", "bo@example.se"
    inner.set_content("Jag ansöker.")
    inner.add_attachment(b"plan", maintype="application", subtype="pdf", filename="plan.pdf")
    outer = EmailMessage()
    outer["Subject"], outer["From"], outer["Message-ID"] = "VB: Ansökan", "anna@example.se", "<yttre@x>"
    outer.set_content("Se nedan.")
    outer.add_alternative("<p>Se <b>nedan</b>.</p><img src='cid:logo'>", subtype="html")
    outer.get_payload()[1].add_related(b"png", maintype="image", subtype="png", cid="<logo>", filename="logo.png")
    outer.add_attachment(inner)
    for name in ("a.pdf", "a.pdf", "ritning åäö.dwg"):
        outer.add_attachment(name.encode() * 3, maintype="application", subtype="octet-stream", filename=name)
    item = take(intake, outer.as_bytes())
    assert item.body == "Se nedan."
    assert [file.file_name for file in item.files] == [
        "brev.eml",
        "logo.png",
        "Ursprunglig ansökan.eml",
        "a.pdf",
        "a.pdf",
        "ritning åäö.dwg",
    ]
    assert item.message_id == "<yttre@x>"


@pytest.mark.parametrize("count", [1, 2, 25])
def test_every_attachment_is_kept_and_counted(intake: Intake, count: int) -> None:
    files = tuple((f"bilaga {number}.pdf", f"innehåll {number}".encode()) for number in range(count))
    item = take(intake, letter(files=files))
    attachments = [file for file in item.files if file.kind is FileKind.ATTACHMENT]
    assert [intake.blobs.open(file.sha256).read() for file in attachments] == [content for _name, content in files]


def test_outlook_file_becomes_the_same_kind_of_item(intake: Intake) -> None:
    message = OutlookMessage(
        attachments=(("ritning.pdf", b"%PDF"), ("foto.jpg", b"jpg")),
        embedded=OutlookMessage(subject="Ursprunglig", body="Hej"),
    )
    item = take(intake, outlook_message(message), "Ansökan.msg")
    assert (item.subject, item.sender_name, item.sender_email) == (
        "Ansökan om bygglov",
        "Åsa Öberg",
        "asa@example.se",
    )
    assert {file.file_name for file in item.files} == {"Ansökan.msg", "ritning.pdf", "foto.jpg", "Ursprunglig.eml"}
    assert any("kontrollera det" in remark for remark in item.remarks)


def test_day_is_when_our_server_took_it_in_not_what_the_sender_wrote(intake: Intake) -> None:
    received = (
        ("Received", "from mx.example.se by mail.ekdala.example; Fri, 20 Nov 2026 23:59:10 +0100"),
        ("Received", "from sender by mx.example.se; Sat, 21 Nov 2026 00:10:00 +0200"),
    )
    item = take(intake, letter(headers=received))
    assert item.received_at == dt.datetime(2026, 11, 20, 22, 59, 10, tzinfo=dt.UTC)
    assert item.official_on == dt.date(2026, 11, 20)
    assert item.remarks == []


def test_letter_that_does_not_tell_when_it_came_is_remarked_upon(intake: Intake) -> None:
    item = take(intake, letter())
    assert item.official_on == dt.date(2001, 1, 1)
    assert "när det skickades" in item.remarks[0]
    undated = take(intake, b"Subject: Utan datum\r\nDate: Mon, 99 Foo 9999\r\n\r\nhej")
    assert any("när filen lades in" in remark for remark in undated.remarks)


def test_conversation_is_read_from_the_header(intake: Intake) -> None:
    headers = (("In-Reply-To", "<2@x>"), ("References", "<1@x>\r\n <2@x>"))
    item = take(intake, letter(headers=tuple((name, value.replace("\r\n", "")) for name, value in headers)))
    assert (item.in_reply_to, item.references) == ("<2@x>", ["<1@x>", "<2@x>"])


def test_empty_attachment_is_told_of(intake: Intake) -> None:
    item = take(intake, letter(files=(("tom.pdf", b""), ("hel.pdf", b"x"))))
    assert [file.file_name for file in item.files] == ["brev.eml", "hel.pdf"]
    assert any(remark.startswith("tom.pdf: Filen är tom.") for remark in item.remarks)


def test_parts_that_only_another_program_opens_are_told_of(intake: Intake) -> None:
    assert any("winmail.dat" in remark for remark in take(intake, letter(files=(("winmail.dat", b"x"),))).remarks)
    sealed = EmailMessage()
    sealed["Subject"] = "Krypterat"
    sealed.add_attachment(b"x", maintype="application", subtype="pkcs7-mime", filename="smime.p7m")
    assert any("krypterat" in remark for remark in take(intake, sealed.as_bytes()).remarks)


def test_file_that_is_no_letter_is_an_item_of_one_file(intake: Intake) -> None:
    item = take(intake, b"%PDF-1.4", "Ansökan.pdf")
    assert (item.subject, [file.kind for file in item.files]) == ("Ansökan.pdf", [FileKind.ATTACHMENT])


def test_letter_that_can_not_be_opened_is_an_item_with_its_original(intake: Intake) -> None:
    item = take(intake, b"%PDF-1.4 no letter", "fel.eml")
    assert (item.subject, [file.file_name for file in item.files]) == ("fel.eml", ["fel.eml"])
    assert item.remarks == [
        "Filen är inget e-postmeddelande: avsändare, ärende och datum saknas. Originalet finns kvar som fil."
    ]


def test_empty_and_too_large_files_become_items_that_say_so(intake: Intake) -> None:
    empty = intake.stream(io.BytesIO(b""), Origin("KS", Channel.SCAN, file_name="tom.pdf"))
    large = intake.stream(io.BytesIO(b"x" * (MAX_BYTES + 1)), Origin("KS", Channel.SCAN, file_name="stor.tif"))
    assert (empty.is_whole, large.is_whole) == (False, False)
    assert item_of(intake, empty).remarks == ["tom.pdf: Filen är tom. Välj en fil med innehåll."]
    assert item_of(intake, large).remarks[0].startswith("stor.tif: Filen är större än ")
    assert item_of(intake, large).files == []


def test_same_file_dropped_twice_is_shown_as_a_duplicate(intake: Intake) -> None:
    first = intake.stream(io.BytesIO(letter()), DROPPED)
    again = intake.stream(io.BytesIO(letter()), DROPPED)
    assert (first.outcome, again.outcome) == (Outcome.NEW, Outcome.DUPLICATE)


def test_hostile_files_each_become_an_item(intake: Intake, shared_material: Path) -> None:
    folder = shared_material / "hostile"
    names = [one["file"] for one in json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))]
    made = {
        "rtl-name \\u202egpj.exe.pdf": ("rtl-name \u202egpj.exe.pdf", b"%PDF-1.4"),
        "eicar.txt": ("eicar.txt", b"X5O"),
    }
    taken = 0
    for name in names:
        path = folder / name
        shown, content = made[name] if name in made else (path.name, path.read_bytes())
        item = take(intake, content, shown)
        assert item.files or item.remarks, name
        assert all("\u202e" not in file.file_name and "/" not in file.file_name for file in item.files)
        taken += 1
    assert taken == len(names) == 21


def test_hostile_letters_keep_every_part_under_safe_names(intake: Intake, shared_material: Path) -> None:
    folder = shared_material / "hostile"
    nested = take(intake, (folder / "nested.eml").read_bytes())
    assert len(nested.files) >= 3
    assert any("datum" in remark.lower() for remark in nested.remarks)
    headers = take(intake, (folder / "headers.eml").read_bytes())
    assert len(headers.subject) <= 500


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 1000,
        b"Received" * 100_000,
        b"Subject: " + b"=?utf-8?q?" * 5000 + b"\r\n\r\n",
        b"References: " + b"<" * 200_000 + b"\r\n\r\n",
        b"From: " + b"(" * 50_000 + b"\r\n\r\n",
        b"Received: a; Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\n",
        b"Received: a; Mon, 1 Jan 1970 00:00:00 -2359\r\n\r\n",
        b"\r\nSubject: behind the header\r\n",
        b" folded first\r\nSubject: x\r\n\r\n",
    ],
)
def test_any_header_gives_an_envelope(content: bytes) -> None:
    envelope = read_envelope(content)
    assert envelope.received_at is None
    assert len(envelope.references) <= 100
