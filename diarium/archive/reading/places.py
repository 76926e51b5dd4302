"""Where in a package a link leads: relative to the document it stands in, or in the ways that others write it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_DRIVE = re.compile(r"[A-Za-z]:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def find(folder: Path, base: str, link: str) -> str | None:
    """The path in the package of what `link`, in a document of the folder `base`, means; None if it leads outside.

    Backslashes and `file:///` (which means the package itself) are understood. Of the readings of a link the first
    counts under which there is a file.
    """
    text = link.strip().replace("\\", "/")
    bases = [base, ""]
    if text.lower().startswith("file:"):
        text, bases = text[5:].lstrip("/"), ["", base]
    elif _SCHEME.match(text):
        return None
    wanted: list[str] = []
    for start in dict.fromkeys([*bases, "Content", "content"]):
        wanted += [path for way in (unquote(text), text) if (path := _inside(way, start)) is not None]
    return next((path for path in wanted if (folder / path).is_file()), wanted[0] if wanted else None)


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
