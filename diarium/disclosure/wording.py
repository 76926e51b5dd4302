"""Texts that staff write about a request, kept for ever: checked so that they don't tell who asks."""

from __future__ import annotations

from diarium import texts
from diarium.disclosure.errors import InvalidRequest
from diarium.disclosure.models import DisclosureRequest
from diarium.i18n import gettext as _
from diarium.secrecy import scanning
from diarium.secrecy.scanning import FINDING_LABELS

MAX_TEXT = 4000
_SHORTEST_NAME = 4


def kept_text(
    request: DisclosureRequest, text: str, field: str, *, missing: str | None = None, most: int = MAX_TEXT
) -> str | None:
    """`text` as it can be kept, nothing if it is empty; with `missing` it has to say something.

    Raises: InvalidRequest at `field` also where it holds an address, a phone or personal number, or the asker's
    name: what is kept here can't be erased. Source: TF 2 kap. 18 §; GDPR article 5.1 c.
    """
    clean = texts.lines(text, most, field)
    if not clean:
        if missing is not None:
            raise InvalidRequest(missing, field=field)
        return None
    _refuse(request, clean, field, [str(FINDING_LABELS[hit.finding]) for hit in scanning.scan(clean)])
    return clean


def require_no_asker(request: DisclosureRequest, text: str, field: str) -> None:
    """For a text that may hold the authority's own numbers. Raises: InvalidRequest if it names who asks."""
    _refuse(request, text, field, [])


def _refuse(request: DisclosureRequest, text: str, field: str, hits: list[str]) -> None:
    found = list(dict.fromkeys(hits))
    if _names_asker(request, text):
        found.append(_("namnet på den som frågar"))
    if found:
        raise InvalidRequest(
            _("Texten ser ut att innehålla %(what)s. Ta bort det: texten sparas och kan inte raderas med "
              "kontaktuppgifterna.", what=", ".join(found)),
            field=field,
        )  # fmt: skip


def _names_asker(request: DisclosureRequest, text: str) -> bool:
    name = (request.asker_name or "").strip()
    return len(name) >= _SHORTEST_NAME and name.casefold() in text.casefold()
