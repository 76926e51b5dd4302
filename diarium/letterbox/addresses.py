"""E-mail addresses as the public types them: fit for a mail server, or not."""

from __future__ import annotations

import re
import unicodedata

from diarium.letterbox.letters import MAX_EMAIL

# The atoms of RFC 5322; quoted local parts only serve to smuggle.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def email_address(text: str) -> str | None:
    """The address in `text` with its domain in ASCII and small letters; nothing if it is none."""
    local, _at, domain = text.strip().rpartition("@")
    try:
        plain = unicodedata.normalize("NFC", domain).lower().encode("idna").decode("ascii")
    except UnicodeError:
        return None
    labels = plain.split(".")
    fits = len(local) <= 64 and bool(_LOCAL.fullmatch(local)) and len(labels) > 1
    if not fits or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    address = f"{local}@{plain}"
    return address if len(address) <= MAX_EMAIL else None
