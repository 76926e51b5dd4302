"""Looks into a masked file before it leaves: does its text still hold what was to be hidden?

Masking itself is done outside diarium. A black box over a text is not enough: the text can still be copied. So the
text that the file really holds is read in the sandbox and searched.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from diarium.disclosure import lookup
from diarium.disclosure.errors import HiddenMaterial, InvalidRequest
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import Actor
from diarium.register.models import Record
from diarium.register.views import sight_of_record
from diarium.register.vocabulary import PartyKind
from diarium.secrecy import scanning

_SHORTEST_WORD = 3
# A surname alone tells who it is; short parts are too often other words.
_SHORTEST_PART = 4
_WORD = re.compile(r"\w+")


class MaskFinding(StrEnum):
    """What a masked file still seems to hold, or why nobody can tell."""

    NAME = "name"
    PERSONAL_NUMBER = "personal_number"
    CONTACT = "contact"
    UNREAD = "unread"


MASK_FINDING_LABELS: Mapping[MaskFinding, str] = {
    MaskFinding.NAME: _l("namn på privatpersoner i ärendet"),
    MaskFinding.PERSONAL_NUMBER: _l("personnummer"),
    MaskFinding.CONTACT: _l("adress, telefon eller e-post till privatpersoner i ärendet"),
    MaskFinding.UNREAD: _l("text som inte kunde kontrolleras"),
}


@dataclass(frozen=True, slots=True)
class MaskedFile:
    """A masked copy that was uploaded. `document_uid`: what it is a copy of; None: of the record as a whole."""

    document_uid: uuid.UUID | None
    sha256: str
    file_name: str
    findings: tuple[MaskFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretWords:
    """What should not stand in a masked copy: of private persons, and of anybody with protected identity."""

    names: frozenset[str]
    name_parts: frozenset[str]
    numbers: frozenset[str]
    contacts: frozenset[str]


class LocalContents(Protocol):
    """A store whose contents can be read as files."""

    def path(self, sha256: str) -> Path: ...


def words_of(session: Session, actor: Actor, request_uid: uuid.UUID, item_uid: uuid.UUID) -> SecretWords:
    """The secret words of the record that an item is about. Raises: RequestNotFound; HiddenMaterial."""
    item = lookup.item_of(lookup.request(session, actor, request_uid), item_uid)
    if item.record is None:
        raise InvalidRequest(_("Bestäm först vilken handling det gäller."), field="masked")
    if not sight_of_record(actor, item.record).everything:
        raise HiddenMaterial(_("Handlingen är dold för dig. Låt någon som får se den pröva den."))
    return _words(item.record)


def inspect(
    sandbox: ExtractionSandbox, contents: LocalContents, words: SecretWords, files: Iterable[MaskedFile]
) -> tuple[MaskedFile, ...]:
    """The files with what was found in each. No session is open meanwhile: reading may take its time."""
    return tuple(
        MaskedFile(file.document_uid, file.sha256, file.file_name, _findings(sandbox, contents, words, file))
        for file in files
    )


def findings_in(text: str, words: SecretWords) -> tuple[MaskFinding, ...]:
    """What `text` still holds."""
    folded = " ".join(text.casefold().split())
    compact = "".join(char for char in folded if char.isalnum())
    found = []
    if any(name in folded for name in words.names) or words.name_parts & set(_WORD.findall(folded)):
        found.append(MaskFinding.NAME)
    if scanning.holds_personal_number(text) or any(number in compact for number in words.numbers):
        found.append(MaskFinding.PERSONAL_NUMBER)
    if any(contact in folded for contact in words.contacts):
        found.append(MaskFinding.CONTACT)
    return tuple(found)


def _findings(
    sandbox: ExtractionSandbox, contents: LocalContents, words: SecretWords, file: MaskedFile
) -> tuple[MaskFinding, ...]:
    read = sandbox.process(contents.path(file.sha256), file.file_name).text
    found = findings_in(read.text, words)
    # A picture of a page has no text, and that is how a masked page should be; a file that broke is another thing.
    is_unread = read.truncated or (bool(read.note) and not read.text and read.page_count is None)
    return (*found, MaskFinding.UNREAD) if is_unread else found


def _words(record: Record) -> SecretWords:
    parties = [
        party
        for party in (*record.parties, *record.case.parties)
        if party.kind is PartyKind.PERSON or party.is_protected
    ]
    numbers = (party.identity_number for party in parties)
    contacts = (text for party in parties for text in (party.address, party.email, party.phone))
    names = _folded(party.name for party in parties)
    return SecretWords(
        names=names,
        name_parts=frozenset(
            part for name in names for part in _WORD.findall(name) if len(part) >= _SHORTEST_PART
        ),
        numbers=frozenset(
            digits
            for number in numbers
            if number and len(digits := "".join(filter(str.isdigit, number))[-10:]) == 10
        ),
        contacts=_folded(contacts),
    )


def _folded(texts: Iterable[str | None]) -> frozenset[str]:
    folded = (" ".join((text or "").casefold().split()) for text in texts)
    return frozenset(text for text in folded if len(text) >= _SHORTEST_WORD)
