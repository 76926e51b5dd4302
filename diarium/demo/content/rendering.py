"""Makes the bytes of a file from its recipe. The same recipe gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from diarium.demo.content.model import DemoEnclosure, DemoFile, DemoItem, FileKind, Wrapping
from diarium.demo.content.render import delivered, mail, outlook, pdf, sheet, text, word, wrapped


def render_file(file: DemoFile) -> bytes:
    """The file's bytes in the format that `file.kind` names."""
    if file.attachment is not None:
        return mail.render(file, pdf.render(file.attachment))
    return _RENDERERS[file.kind](file)


def render_enclosure(item: DemoItem, enclosure: DemoEnclosure) -> bytes:
    """The bytes of something that came along with `item`, in its wrapping."""
    file = enclosure.file
    if file is None:
        return enclosure.content.encode()
    if enclosure.wrapping is Wrapping.NONE:
        return render_file(file)
    if enclosure.wrapping is Wrapping.MSG:
        return outlook.render(file, item.address, item.mailbox)
    return _WRAPPERS[enclosure.wrapping](file)


def render_mail(item: DemoItem, enclosed: Sequence[bytes]) -> bytes:
    """The item as the mail that lies in its mailbox; `enclosed` holds the bytes of its enclosures."""
    return delivered.render(item, enclosed)


_RENDERERS: Mapping[FileKind, Callable[[DemoFile], bytes]] = {
    FileKind.PDF: pdf.render,
    FileKind.DOCX: word.render,
    FileKind.EML: mail.render,
    FileKind.TXT: text.render,
    FileKind.XLSX: sheet.render,
}
_WRAPPERS: Mapping[Wrapping, Callable[[DemoFile], bytes]] = {
    Wrapping.SCAN: wrapped.scanned,
    Wrapping.LOCKED: wrapped.locked,
    Wrapping.ZIP: wrapped.zipped,
    Wrapping.TNEF: wrapped.tnef,
}
