"""E-mail addresses that people type: read, checked, and made fit for a mail server."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from diarium.correspondence.errors import InvalidLetter
from diarium.i18n import gettext as _
from diarium.register import rules

MAX_ADDRESS = 254
MAX_RECIPIENTS = 50
# The atoms of RFC 5322; quoted local parts are not seen in practice and only serve to smuggle.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
_NAMED = re.compile(r"(?P<name>[^<>\r\n]*)<(?P<address>[^<>]*)>")
_BETWEEN = re.compile(r"[\n;,]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with the name that was given with it. The domain is written in ASCII."""

    address: str
    name: str | None = None

    @property
    def key(self) -> str:
        """What tells two addresses apart: in practice no server minds the case."""
        return self.address.casefold()


def mailbox(text: str, field: str = "recipients") -> Mailbox:
    """The address in `text`, written as `namn@kommun.se` or `Namn <namn@kommun.se>`.

    Raises: InvalidLetter at `field`.
    """
    named = _NAMED.fullmatch(text.strip())
    name = rules.short_text(named["name"].strip(' "'), 200, field) if named else None
    return Mailbox(_checked((named["address"] if named else text).strip(), field), name)


def mailboxes(text: str, field: str = "recipients") -> tuple[Mailbox, ...]:
    """The addresses in `text`, one a line or with commas or semicolons between; each once.

    Raises: InvalidLetter at `field`.
    """
    written = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if len(written) > MAX_RECIPIENTS:
        raise InvalidLetter(
            _("Ett brev kan ha högst %(most)s mottagare. Dela upp utskicket.", most=MAX_RECIPIENTS), field=field
        )
    found: dict[str, Mailbox] = {}
    for part in written:
        box = mailbox(part, field)
        found.setdefault(box.key, box)
    return tuple(found.values())


def is_address(text: str | None) -> bool:
    """Whether a letter can be sent to `text`."""
    try:
        return bool(text) and bool(_checked((text or "").strip(), ""))
    except InvalidLetter:
        return False


def _checked(text: str, field: str) -> str:
    local, at, domain = text.rpartition("@")
    ascii_domain = _ascii(domain)
    # `isascii` before the patterns: letters that look like others, and hidden characters, have no place here.
    fits = at and len(local) <= 64 and local.isascii() and _LOCAL.fullmatch(local) and ascii_domain
    if not fits or len(local) + 1 + len(ascii_domain) > MAX_ADDRESS:
        raise InvalidLetter(
            _("”%(text)s” är ingen e-postadress som det går att skicka till. Skriv som namn@kommun.se.",
              text=_shown(text)),
            field=field,
        )  # fmt: skip
    return f"{local}@{ascii_domain}"


def _ascii(domain: str) -> str:
    """The domain as the mail server wants it: å, ä and ö in punycode. Empty if it is none."""
    try:
        plain = unicodedata.normalize("NFC", domain).lower().encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = plain.split(".")
    return plain if len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) else ""


def _shown(text: str) -> str:
    return " ".join(rules.clean_text(text).split())[:80]
