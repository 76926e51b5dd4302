"""Swedish order as a column: a key that sorts the same by bytes on every database, and that an index serves."""

from __future__ import annotations

import unicodedata

from sqlalchemy import String

KEY_LENGTH = 120
# Å, ä and ö are letters after z; the signs behind "z" in ASCII stand for them. Æ and ø go with ä and ö.
_LETTERS = str.maketrans(
    {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ß": "ss", "đ": "d", "ł": "l", "ð": "d", "þ": "th"}
)
# On PostgreSQL the database's own order would count; bytes do, as on SQLite.
SortKey = String(KEY_LENGTH).with_variant(String(KEY_LENGTH, collation="C"), "postgresql")


def sort_key(text: str) -> str:
    """The key of `text`, at most `KEY_LENGTH` characters: case and accents don't count, å ä ö come last."""
    small = unicodedata.normalize("NFC", text).casefold().translate(_LETTERS)
    plain = "".join(char for char in unicodedata.normalize("NFD", small) if not unicodedata.combining(char))
    return " ".join(plain.split())[:KEY_LENGTH]
