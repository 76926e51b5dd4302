"""Plain text in the encodings that Swedish authorities have used."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from charset_normalizer import from_bytes

from diarium.files.extraction.model import MAX_CHARACTERS, TextCollector

# UTF-32 has four bytes a character; more than this can't be needed for the limit of characters.
_MAX_BYTES = MAX_CHARACTERS * 4 + 4
_SAMPLE_BYTES = 64 * 1024
# The long marks first: the UTF-32 one begins like the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Letters and signs that Swedish and its neighbours write above ASCII.
_FAMILIAR = frozenset("åäöÅÄÖéÉèÈüÜæÆøØáÁàÀßñçêóíëï§°½–—”“’‘…•€·«»´©®±²³ ")
_EIGHT_BIT = ("cp1252", "cp850", "mac_roman")


def extract_plain_text(source: BinaryIO, out: TextCollector) -> None:
    """All text of a file without structure. Raises: OutputFull."""
    content = source.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        out.mark_truncated()
        content = _cut_between_characters(content[:_MAX_BYTES])
    out.write(decode_text(content))


def decode_text(content: bytes, declared: str | None = None) -> str:
    """The text of `content`, whatever its encoding; never fails.

    The order: byte order mark, the `declared` encoding if the content fits it, UTF-8, UTF-16 without mark, then
    the 8-bit encoding that gives the most likely Swedish text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    for candidate in (declared, "utf-8"):
        text = _strict(content, candidate) if candidate else None
        if text is not None:
            return text
    return content.decode(_detect(content), errors="replace")


def _cut_between_characters(content: bytes) -> bytes:
    """Without a last UTF-8 character, which may be cut in two and make the whole look like another encoding."""
    for back in range(1, min(4, len(content)) + 1):
        if content[-back] >= 0xC0:  # the first byte of a character
            return content[:-back]
        if content[-back] < 0x80:
            break
    return content


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (LookupError, ValueError):  # unknown, or not what the content is in
        return None


def _detect(content: bytes) -> str:
    sample = content[:_SAMPLE_BYTES]
    nulls = sample.count(0)
    if nulls > len(sample) // 4:
        return "utf-16-le" if sample[1::2].count(0) > nulls // 2 else "utf-16-be"
    best = max(_EIGHT_BIT, key=lambda encoding: _familiarity(sample, encoding))
    if _familiarity(sample, best) >= 0.8:
        return best
    guess = from_bytes(sample).best()
    return guess.encoding if guess else "cp1252"


def _familiarity(sample: bytes, encoding: str) -> float:
    """The share of characters above ASCII that Swedish text has."""
    text = sample.decode(encoding, errors="replace")
    high = re.sub(r"[\x00-\x7f]", "", text)
    return sum(character in _FAMILIAR for character in high) / len(high) if high else 1.0
