"""What can be shown of a content without opening it in another program: its text, or in a browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.files.guessing import guess_mime
from diarium.files.models import BlobText

MOST_CHARACTERS = 4_000
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif"})
# What holds nothing active, and what browsers keep away from the page by themselves.
SHOWABLE = IMAGES | {"application/pdf", "text/plain"}
_HEAD = 16_384


class LocalContents(Protocol):
    """A store whose contents can be read as files."""

    def exists(self, sha256: str) -> bool: ...
    def path(self, sha256: str) -> Path: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What can be shown of a file. `text` is its beginning; `is_cut`: there is more of it."""

    mime: str
    text: str = ""
    is_cut: bool = False

    @property
    def is_image(self) -> bool:
        """Whether a page can hold it as a picture."""
        return self.mime in IMAGES

    @property
    def is_showable(self) -> bool:
        """Whether a browser shows it in a window of its own."""
        return self.mime in SHOWABLE


def previews(session: Session, contents: LocalContents, files: Iterable[tuple[str, str]]) -> Mapping[str, Preview]:
    """The previews of (checksum, file name), by checksum: with text where it has been extracted, or is plain text.

    One query.
    """
    wanted = dict(files)
    texts = {
        row.sha256: row.text
        for row in session.execute(select(BlobText.sha256, BlobText.text).where(BlobText.sha256.in_(list(wanted))))
    }
    return {
        sha256: _preview(contents, sha256, file_name, texts.get(sha256)) for sha256, file_name in wanted.items()
    }


def mime_of(contents: LocalContents, sha256: str, file_name: str) -> str:
    """The media type of a content by its first bytes. Never one that could run in the site's name."""
    return guess_mime(_head_of(contents, sha256), PurePath(file_name).suffix.lower().lstrip("."))


def _preview(contents: LocalContents, sha256: str, file_name: str, text: str | None) -> Preview:
    head = _head_of(contents, sha256)
    mime = guess_mime(head, PurePath(file_name).suffix.lower().lstrip("."))
    if text is None and mime.startswith("text/plain"):
        text = head.decode("utf-8", "replace")
    shown = (text or "").strip()
    return Preview(mime, shown[:MOST_CHARACTERS], len(shown) > MOST_CHARACTERS or len(head) == _HEAD)


def _head_of(contents: LocalContents, sha256: str) -> bytes:
    if not contents.exists(sha256):
        return b""
    with contents.path(sha256).open("rb") as source:
        return source.read(_HEAD)
