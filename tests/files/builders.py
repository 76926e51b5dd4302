"""Real files of each format, made in the test: Swedish words inside, nothing from outside needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

import docx
import openpyxl
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

WORDS = "Bygglov för Åsa Öberg i Ängelholm"
_MANIFEST = "application/vnd.oasis.opendocument.text"
_ODT_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:text>
  <text:tracked-changes><text:changed-region><text:deletion><text:p>struket</text:p></text:deletion>
  </text:changed-region></text:tracked-changes>
  <text:h>Rubrik</text:h><text:p>{body}</text:p><text:p>två<text:s text:c="3"/>ord<text:line-break/>rad</text:p>
</office:text></office:body></office:document-content>"""


def pdf(pages: Sequence[str] = (WORDS,), password: str | None = None) -> bytes:
    """A PDF with one line on each page."""
    target = io.BytesIO()
    encryption = StandardEncryption(password, canPrint=0) if password else None
    canvas = Canvas(target, encrypt=encryption, invariant=True)
    for line in pages:
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def word(body: str = WORDS) -> bytes:
    """A DOCX with a paragraph, a table, a header and a comment."""
    document = docx.Document()
    paragraph = document.add_paragraph(body)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Fastighet", "Sjövik 1:2"
    document.sections[0].header.paragraphs[0].text = "Byggnadsnämnden"
    document.add_comment(paragraph.runs, text="Komplettera ritningen", author="Handläggare")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def workbook(rows: Sequence[Sequence[object]] = ((WORDS, 12, None, True),)) -> bytes:
    """An XLSX with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Avgifter"
    for row in rows:
        sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def opendocument_text(body: str = WORDS, extra: str = "") -> bytes:
    """An ODT; `extra` goes into its manifest."""
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MANIFEST}"/>{extra}'
        "</manifest:manifest>"
    )
    content = _ODT_CONTENT.format(body=body)
    return zipped({"mimetype": _MANIFEST, "content.xml": content, "META-INF/manifest.xml": manifest})


def zipped(members: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP; the member `mimetype` is stored, as OpenDocument wants."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else compression
            archive.writestr(name, content, compress_type=kind)
    return target.getvalue()


def email(
    subject: str = "Ansökan om bygglov",
    body: str = WORDS,
    attachments: Sequence[tuple[str, bytes]] = (),
    html: str | None = None,
    inner: bytes | None = None,
) -> bytes:
    """An EML; `inner` is a whole message to attach."""
    message = EmailMessage()
    message["From"] = "Åsa Öberg <asa@example.se>"
    message["To"] = "Byggnadsnämnden <bygg@example.se>, kopia@example.se"
    message["Subject"] = subject
    message["Date"] = "Mon, 08 Jan 2024 09:30:00 +0100"
    message["Message-ID"] = "<1@example.se>"
    message.set_content(body)
    if html is not None:
        message.add_alternative(html, subtype="html")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    if inner is not None:
        message.add_attachment(message_from_bytes(inner, policy=policy.default))
    return message.as_bytes()
