"""Makes the bytes of a file from its recipe. The same recipe gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diarium.demo.content.model import DemoFile, FileKind
from diarium.demo.content.render import mail, pdf, sheet, text, word


def render_file(file: DemoFile) -> bytes:
    """The file's bytes in the format that `file.kind` names."""
    if file.attachment is not None:
        return mail.render(file, pdf.render(file.attachment))
    return _RENDERERS[file.kind](file)


_RENDERERS: Mapping[FileKind, Callable[[DemoFile], bytes]] = {
    FileKind.PDF: pdf.render,
    FileKind.DOCX: word.render,
    FileKind.EML: mail.render,
    FileKind.TXT: text.render,
    FileKind.XLSX: sheet.render,
}
