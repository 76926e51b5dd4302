"""The files of the demo municipality open in ordinary programs and hold their words."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import os
import subprocess
import sys
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook

from diarium.demo.content import generate, render_file
from diarium.demo.content.model import DemoFile, DemoSection, FileKind, Layout

TODAY = dt.date(2026, 11, 24)
ROOT = Path(__file__).parents[2]
DIGEST = """
import datetime as dt, hashlib
from diarium.demo.content import OpenCase, generate, inbox, render_enclosure, render_file, render_mail
digest = hashlib.sha256()
for case in generate(11, 30, dt.date(2026, 11, 24)):
    digest.update(repr(case).encode())
    for record in case.records:
        for file in record.files:
            digest.update(render_file(file))
for item in inbox(11, dt.date(2026, 11, 24), [OpenCase("SBN 2026/7", "SBN", "Bygglov", "Bygglov", "P L")]):
    digest.update(repr(item).encode())
    enclosed = [render_enclosure(item, enclosure) for enclosure in item.enclosures]
    for content in (*enclosed, render_mail(item, enclosed) if item.message_id else b""):
        digest.update(content)
print(digest.hexdigest())
"""


@lru_cache(maxsize=1)
def files() -> tuple[DemoFile, ...]:
    return tuple(f for case in generate(4, 400, TODAY) for record in case.records for f in record.files)


def some(kind: FileKind) -> list[DemoFile]:
    """A dozen files of the kind, among them one of each paper that comes in it."""
    found = [file for file in files() if file.kind is kind]
    one_each = {file.layout: file for file in found}
    return [*found[:12], *one_each.values()]


def words(file: DemoFile) -> set[str]:
    return set(" ".join([file.title, *file.paragraphs, *file.signature]).split())


def words_in_pdf(data: bytes) -> tuple[int, set[str]]:
    document = pypdfium2.PdfDocument(data)
    try:
        texts = [document[number].get_textpage().get_text_range() for number in range(len(document))]
        return len(document), set(" ".join(texts).split())
    finally:
        document.close()


@pytest.mark.parametrize("kind", FileKind)
def test_the_same_recipe_gives_the_same_bytes(kind: FileKind) -> None:
    for file in some(kind)[:4]:
        assert render_file(file) == render_file(file)


def test_another_process_gives_the_same_bytes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }

    assert len(digests) == 1


def test_pdfs_open_and_hold_their_words() -> None:
    for file in some(FileKind.PDF):
        pages, found = words_in_pdf(render_file(file))

        assert 1 <= pages <= 3, file.name
        assert words(file) <= found, (file.name, words(file) - found)


def test_a_long_paper_goes_on_to_a_second_page_with_nothing_lost() -> None:
    sections = tuple(DemoSection(f"Rubrik {n}", (f"Stycke{n} " * 60,)) for n in range(14))
    file = DemoFile(
        name="Lång utredning.pdf",
        kind=FileKind.PDF,
        layout=Layout.REPORT,
        title="Lång utredning",
        letterhead="Kommunstyrelsen",
        date=TODAY,
        sections=sections,
    )

    pages, found = words_in_pdf(render_file(file))

    assert pages > 1
    assert {f"Stycke{n}" for n in range(14)} <= found


def test_word_documents_open_and_hold_their_words_and_date() -> None:
    for file in some(FileKind.DOCX):
        document = Document(io.BytesIO(render_file(file)))

        found = set(" ".join(paragraph.text for paragraph in document.paragraphs).split())
        assert words(file) <= found, file.name
        assert document.core_properties.title == file.title
        modified = document.core_properties.modified
        assert modified is not None
        assert modified.date() == file.date


def test_mails_open_and_hold_their_headers_words_and_attachment() -> None:
    mails = some(FileKind.EML) + [file for file in files() if file.attachment][:4]
    assert any(file.attachment for file in mails)
    for file in mails:
        message = email.message_from_bytes(render_file(file), policy=email.policy.default)
        assert isinstance(message, EmailMessage)

        assert message["Subject"] == file.title
        assert file.sender_email in message["From"]
        assert file.recipient_email in message["To"]
        assert message["Date"].datetime.date() == file.date
        body = message.get_body(("plain",))
        assert body is not None
        assert set(" ".join(file.paragraphs).split()) <= set(body.get_content().split())
        attached = list(message.iter_attachments())
        assert [part.get_filename() for part in attached] == ([file.attachment.name] if file.attachment else [])
        if file.attachment:
            assert words(file.attachment) <= words_in_pdf(attached[0].get_content())[1]


def test_two_mails_never_share_a_message_id() -> None:
    mails = [file for file in files() if file.kind is FileKind.EML]
    ids = {email.message_from_bytes(render_file(file))["Message-ID"] for file in mails}

    assert len(ids) == len(mails) > 50


def test_workbooks_open_and_add_up() -> None:
    for file in some(FileKind.XLSX):
        sheet = load_workbook(io.BytesIO(render_file(file))).worksheets[0]

        rows = [tuple(row) for row in sheet.iter_rows(min_row=3, values_only=True)]
        assert tuple(rows[:-1]) == file.rows
        assert rows[-1] == ("Summa", sum(amount for _, amount in file.rows))


def test_plain_texts_are_utf8_and_hold_their_words() -> None:
    for file in some(FileKind.TXT):
        assert words(file) <= set(render_file(file).decode("utf-8").split())


def test_file_names_are_swedish_and_end_as_their_format() -> None:
    names = [file.name for file in files()]

    assert all(file.name.endswith(f".{file.kind}") for file in files())
    assert any(set(name) & set("åäö") for name in names)
    assert any(" " in name for name in names)
