"""The letters of the sheets: the Vera family, which reportlab brings along, embedded in each file."""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path
from typing import Final

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN: Final = "Vera"
BOLD: Final = "VeraBd"
_FILES: Final = {PLAIN: "Vera.ttf", BOLD: "VeraBd.ttf", "VeraIt": "VeraIt.ttf", "VeraBI": "VeraBI.ttf"}
_UNKNOWN: Final = "?"
# Signs of our own texts that the font has not.
_SIGNS: Final = str.maketrans({"→": "->"})


@functools.cache
def register() -> None:
    """Makes the fonts known to reportlab, once a process."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic="VeraIt", boldItalic="VeraBI")


def printable(text: str) -> str:
    """`text` in letters that the font has: of others the letter without its mark (ą as a), else a question mark.

    Swedish, Norwegian, Danish, German, French, Spanish and Czech names are printed as they are.
    """
    glyphs = _glyphs()
    signs = text.translate(_SIGNS)
    return "".join(char if char == "\n" or ord(char) in glyphs else _stand_in(char, glyphs) for char in signs)


def is_printable(text: str) -> bool:
    """Whether every letter of `text` is printed as it is."""
    return printable(text) == text.translate(_SIGNS)


@functools.cache
def _glyphs() -> frozenset[int]:
    register()
    font = pdfmetrics.getFont(PLAIN)
    if not isinstance(font, TTFont):
        raise TypeError(f"{PLAIN} is not the font that was registered")
    return frozenset(font.face.charToGlyph)


def _stand_in(char: str, glyphs: frozenset[int]) -> str:
    if unicodedata.category(char) in ("Mn", "Cf", "Cc"):
        return ""
    bare = unicodedata.normalize("NFKD", char)[:1]
    return bare if bare and ord(bare) in glyphs else _UNKNOWN
