"""Paths within a package, as documents write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"[A-Za-z]:")


def candidates(href: str, folder: str) -> Iterator[str]:
    """What an address in a document in `folder` may mean, most likely first: paths from the package's root.

    FGS 1.2 writes file:///Content/x for x in the package; some write from the root what should be relative, or put
    backslashes.
    """
    text = href.strip()
    if text.lower().startswith("file:"):
        text = text[5:].lstrip("/")
    elif _SCHEME.match(text):
        return
    text = text.replace("\\", "/").lstrip("/") if "\\" in text else text
    for written in dict.fromkeys((unquote(text), text)):
        for base in dict.fromkeys((folder, "", "Content", "content")):
            path = _inside(written, base)
            if path:
                yield path


def fold(path: str) -> str:
    """The path without what differs between systems: case and Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _inside(path: str, base: str) -> str | None:
    if path.startswith("/") or _DRIVE.match(path) or "\0" in path:
        return None
    parts = [part for part in base.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or None
