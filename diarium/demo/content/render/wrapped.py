"""Files as they arrive in real life: scanned, locked with a password, zipped, or wrapped by a mail program."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from diarium.demo.content.model import DemoFile
from diarium.demo.content.render import pdf

_PIXELS_PER_POINT = 1.4
_PASSWORD = "kommer i brev"  # noqa: S105 (nobody is meant to know it)
_TNEF_SIGNATURE = 0x223E9F78


def scanned(file: DemoFile) -> bytes:
    """A PDF of pictures of the pages: nothing in it can be read but by eye."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1)
    source = pypdfium2.PdfDocument(pdf.render(file))
    try:
        for page in source:
            picture = page.render(scale=_PIXELS_PER_POINT, grayscale=True).to_pil()
            canvas.drawImage(ImageReader(picture), 0, 0, *A4)
            canvas.showPage()
    finally:
        source.close()
    canvas.save()
    return target.getvalue()


def locked(file: DemoFile) -> bytes:
    """A PDF that opens only for those who know the password."""
    return pdf.render(file, password=_PASSWORD)


def zipped(file: DemoFile) -> bytes:
    """A zip with the paper and a list of what is in it, in a folder."""
    target = io.BytesIO()
    stamp = (file.date.year, file.date.month, file.date.day, 9, 0, 0)
    contents = {
        f"Bilagor/{file.name}": pdf.render(file),
        "Bilagor/Läs mig.txt": f"Bilagor från {file.letterhead}\n\n1. {file.name}\n".encode(),
    }
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), content, compress_type=zipfile.ZIP_DEFLATED)
    return target.getvalue()


def tnef(file: DemoFile) -> bytes:
    """The paper as Outlook wraps it for those who have Outlook too: winmail.dat (MS-OXTNEF)."""
    content = pdf.render(file)
    made = dt.datetime.combine(file.date, dt.time(9, 0))
    moment = struct.pack("<7H", made.year, made.month, made.day, made.hour, 0, 0, made.isoweekday())
    return struct.pack("<IH", _TNEF_SIGNATURE, 1) + b"".join(
        (
            _attribute(1, 0x00089006, struct.pack("<I", 0x00010000)),
            _attribute(1, 0x00078008, b"IPM.Microsoft Mail.Note\0"),
            _attribute(1, 0x00038005, moment),
            _attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 32, 32, 0)),
            _attribute(2, 0x00018010, file.name.encode("cp1252") + b"\0"),
            _attribute(2, 0x0006800F, content),
        )
    )


def _attribute(level: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)
