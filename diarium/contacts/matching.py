"""When two contacts may be the same: names without what is written in many ways."""

from __future__ import annotations

import hashlib
import re

from diarium.db.swedish import sort_key

# Forms of organisations, written out, shortened or left out at will.
_FORMS = re.compile(
    r"\b(?:aktiebolag(?:et)?|ab|publ|handelsbolag(?:et)?|hb|kommanditbolag(?:et)?|kb|enskild firma|ef"
    r"|ekonomisk forening|ek for|ideell forening|stiftelse(?:n)?|inc|ltd|limited|gmbh|as|oy)\b"
)
_MUNICIPALITY = re.compile(r"^(?P<name>.+?)s?\s+(?:kommun|stad)$")
_NOT_WORD = re.compile(r"[^\w{|}]+")
_LETTERS = str.maketrans("{|}", "aao")


def plain_name(name: str) -> str:
    """The name in small letters without signs, form of organisation, and the genitive of "Åre kommun".

    "Bygg & Plåt Aktiebolag" and "BYGG PLÅT AB (publ)" give the same. Never empty for a name that is not.
    """
    words = " ".join(_NOT_WORD.sub(" ", sort_key(name)).translate(_LETTERS).split())
    shorter = " ".join(_FORMS.sub(" ", words).split()) or words
    municipality = _MUNICIPALITY.match(shorter)
    return f"{municipality['name']} kommun" if municipality else shorter


def match_key(name: str, postal_code: str | None) -> str | None:
    """The key by which name and postal code are compared; nothing where there is no postal code."""
    digits = re.sub(r"\D", "", postal_code or "")
    return f"{plain_name(name)}|{digits}"[:150] if digits else None


def words(*texts: str | None) -> frozenset[str]:
    """The words of the texts as keys in Swedish order: by the beginning of any of them a contact is found."""
    found: set[str] = set()
    for text in texts:
        found |= {word for word in _NOT_WORD.sub(" ", sort_key(text or "")).split() if word}
    return frozenset(found)


def email_key(email: str | None) -> str | None:
    """An e-mail address as it is compared."""
    return email.casefold()[:254] if email else None


def shield(
    name_key: str, email_key: str | None, identity_number: str | None
) -> tuple[str, str | None, str | None]:
    """Digests of name, address and number: what is kept of a protected person, so that they are known again."""
    return _digest("name", name_key), _maybe_digest("email", email_key), _maybe_digest("number", identity_number)


def after(beginning: str) -> str:
    """The end of the range of keys that begin with `beginning`."""
    return beginning + "\U0010ffff"


def _maybe_digest(kind: str, text: str | None) -> str | None:
    return _digest(kind, text) if text else None


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()
