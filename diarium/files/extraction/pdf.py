"""Text of PDF, page by page, with PDFium."""

from __future__ import annotations

from typing import BinaryIO

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError
from pypdfium2.raw import FPDF_ERR_PASSWORD

from diarium.files.extraction.archives import locked
from diarium.files.extraction.model import MAX_PAGES, CannotRead, TextCollector
from diarium.i18n import gettext as _


def extract_pdf(source: BinaryIO, out: TextCollector) -> None:
    """The text of each page. Sets `page_count`. Raises: CannotRead, OutputFull."""
    document = _open(source)
    try:
        out.page_count = len(document)
        if out.page_count > MAX_PAGES:
            out.note(_("Dokumentet har många sidor: bara de första har lästs."))
        found = [_extract_page(document, number, out) for number in range(min(out.page_count, MAX_PAGES))]
        if found and not any(found):
            out.note(_("Dokumentet innehåller ingen text, troligen är det inskannat."))
    finally:
        document.close()


def _open(source: BinaryIO) -> PdfDocument:
    try:
        return pypdfium2.PdfDocument(source)
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise locked() from error
        raise CannotRead(_("Texten kunde inte läsas: PDF-filen är skadad eller ofullständig.")) from error


def _extract_page(document: PdfDocument, number: int, out: TextCollector) -> bool:
    """Whether the page has any text."""
    try:
        page = document[number]
        try:
            text_page = page.get_textpage()
            text: str = text_page.get_text_bounded()
            text_page.close()
        finally:
            page.close()
    except PdfiumError:
        out.note(_("En eller flera sidor kunde inte läsas."))
        return True
    out.line(text)
    return bool(text.strip())
