"""File names: what we dare to show, and what we write into packages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet

SHOWN_LENGTH = 200
PACKAGE_LENGTH = 100
NAMELESS = "namnlös"

_LONGEST_EXTENSION = 20
# Cc control, Cf format (bidi overrides, zero-width, soft hyphen), Cs lone surrogates, Zl/Zp line separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NOT_DECOMPOSED = str.maketrans(
    {"æ": "ae", "ø": "o", "œ": "oe", "ß": "ss", "ð": "d", "þ": "th", "đ": "d", "ł": "l", "ı": "i"}
)
# Source: Microsoft, Naming Files, Paths, and Namespaces (reserved device names).
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)


def safe_file_name(name: str) -> str:
    """The original name without path, hidden characters or trailing dots and blanks; at most 200 characters.

    Letters such as å, ä and ö stay (NFC). The extension is kept when the name is shortened. Never empty, and
    giving the result again gives the same.
    """
    visible = "".join(c for c in name if unicodedata.category(c) not in _HIDDEN_CATEGORIES)
    parts = [part for part in re.split(r"[/\\]", visible) if part.strip(" .")]
    shown = _trim(unicodedata.normalize("NFC", parts[-1])) if parts else ""
    if len(shown) > SHOWN_LENGTH:
        shown = _trim(_shorten(shown, SHOWN_LENGTH))
    return shown or NAMELESS


def package_file_name(name: str, taken: AbstractSet[str]) -> str:
    """The name in an archive package: only a–z, 0–9, `.`, `_` and `-`; at most 100 characters; not in `taken`.

    The caller adds the result to `taken`. Names that Windows reserves for devices are avoided.
    Source: FGS package structure, file names lower case, å ä → a, ö → o, blanks → _.
    """
    plain = _plain(safe_file_name(name))
    # Nothing of a name in another script may be left but its extension.
    stem, extension = _split(f"fil{plain}" if plain.startswith(".") else plain)
    stem = stem.strip("._-") or "fil"
    if stem.split(".")[0] in _RESERVED:
        stem = f"fil_{stem}"
    used = {other.lower() for other in taken}
    candidate = _fit(stem, "", extension)
    number = 2
    while candidate in used:
        candidate = _fit(stem, f"_{number}", extension)
        number += 1
    return candidate


def _trim(name: str) -> str:
    return re.sub(r"[\s.]+\Z", "", name).lstrip()


def _split(name: str) -> tuple[str, str]:
    """Stem and extension with its dot; no extension if what follows the last dot is too long to be one."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or not extension or len(extension) > _LONGEST_EXTENSION:
        return name, ""
    return stem, dot + extension


def _shorten(name: str, length: int) -> str:
    stem, extension = _split(name)
    return stem[: length - len(extension)] + extension


def _fit(stem: str, suffix: str, extension: str) -> str:
    return stem[: PACKAGE_LENGTH - len(suffix) - len(extension)].rstrip("._-") + suffix + extension


def _plain(name: str) -> str:
    lower = unicodedata.normalize("NFKD", name).lower().translate(_NOT_DECOMPOSED)
    lower = unicodedata.normalize("NFKD", lower)
    without_marks = "".join(c for c in lower if not unicodedata.combining(c))
    return re.sub(r"_{2,}", "_", re.sub(r"[^a-z0-9._-]", "", re.sub(r"\s+", "_", without_marks)))
