"""Single facts of others' packages, understood as far as they go."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from diarium.archive.reading import raw
from diarium.archive.reading.facts import Box, moment_of
from diarium.archive.reading.mets_index import ListedFile
from diarium.i18n import STOCKHOLM
from diarium.i18n import gettext as _
from diarium.register.errors import InvalidFact
from diarium.register.rules import identity_number
from diarium.register.vocabulary import (
    CaseStatus,
    Direction,
    Medium,
    PartyKind,
    RecordStatus,
    RelationKind,
)
from diarium.secrecy.models import Scope

Uid = Callable[..., str]
OFFICIAL: Final[Mapping[Direction, tuple[str, ...]]] = {
    Direction.INCOMING: ("received",),
    Direction.OUTGOING: ("expedited", "sent", "dispatch"),
    Direction.DRAWN_UP: ("prepared", "created", "originated"),
}
ANY_DAY: Final = ("received", "expedited", "prepared", "sent", "created", "originated", "captured", "decision")
UNKNOWN_CITATION: Final = "Okänt 0 kap. 0 §"
_NOBODY: Final = "Uppgift saknas"
_DAY: Final = re.compile(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?")
_STATUSES: Final = {
    "closed": CaseStatus.CLOSED,
    "ad_acta": CaseStatus.CLOSED,
    "expedited": CaseStatus.DECIDED,
    "obliterated": CaseStatus.CANCELLED,
    "on_hold": CaseStatus.ON_HOLD,
    "in_progress": CaseStatus.IN_PROGRESS,
    "initiated": CaseStatus.IN_PROGRESS,
    "stängt": CaseStatus.CLOSED,
    "avslutat": CaseStatus.CLOSED,
    "avslutad": CaseStatus.CLOSED,
    "ad acta": CaseStatus.CLOSED,
    "ad acta.": CaseStatus.CLOSED,
    "makulerat": CaseStatus.CANCELLED,
    "makulerad": CaseStatus.CANCELLED,
    "vilande": CaseStatus.ON_HOLD,
    "pågående": CaseStatus.IN_PROGRESS,
}
_DIRECTIONS: Final = {
    "incoming": Direction.INCOMING,
    "received": Direction.INCOMING,
    "inkommen": Direction.INCOMING,
    "inkommande": Direction.INCOMING,
    "outgoing": Direction.OUTGOING,
    "expedited": Direction.OUTGOING,
    "expedierad": Direction.OUTGOING,
    "utgående": Direction.OUTGOING,
}
_RELATIONS: Final = {
    "replaces": (RelationKind.REPLACES, True),
    "is_replaced_with": (RelationKind.REPLACES, False),
    "reference": (RelationKind.REFERS_TO, True),
    "referenced_by": (RelationKind.REFERS_TO, False),
    "part_of": (RelationKind.PART_OF, True),
    "is_child_of": (RelationKind.PART_OF, True),
    "contains": (RelationKind.PART_OF, False),
    "is_parent_of": (RelationKind.PART_OF, False),
    "fortsätter": (RelationKind.CONTINUES, True),
    "fortsätts av": (RelationKind.CONTINUES, False),
    "ersätter": (RelationKind.REPLACES, True),
    "är ersatt med": (RelationKind.REPLACES, False),
    "referens": (RelationKind.REFERS_TO, True),
    "refereras av": (RelationKind.REFERS_TO, False),
    "ingår i": (RelationKind.PART_OF, True),
    "innehåller": (RelationKind.PART_OF, False),
}
# "OSL 21 kap. 7 §", "21 kap 7 § OSL", "Offentlighets- och sekretesslagen (2009:400) 21:7", "7 kap. 1 § SekrL"
_PROVISION: Final = re.compile(r"(\d{1,2})\s*(?:kap\.?|:)\s*(\d{1,3}\s?[a-z]?)\b\s*§?", re.IGNORECASE)
_LAWS: Final = (
    ("OSL", ("osl", "offentlighets- och sekretesslag", "2009:400")),
    ("SekrL", ("sekrl", "sekretesslag", "1980:100")),
)


class Fitting:
    """Makes texts fit their place; the whole text is kept."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._cut: list[str] = []

    def short(self, text: str, most: int, label: str) -> str:
        """A text in one line, at most so long."""
        told = " ".join(text.split())
        if len(told) <= most:
            return told
        self._cut.append(f"{label}: {told}")
        return told[: most - 1].rstrip() + "…"

    def optional(self, name: str, most: int) -> None:
        """A fact that may be there."""
        text = self._box.optional(name)
        if text is not None:
            self._box.values[name] = [self.short(text, most, name)]

    def keep(self) -> None:
        """Keeps what was cut."""
        for line in self._cut:
            raw.keep_line(self._box, line)


def day(box: Box, *kinds: str) -> dt.date | None:
    """The first of the dates of these kinds that is one."""
    for kind in kinds:
        text = box.optional(f"date:{kind}")
        found = None if text is None else _day_of(text)
        if found is not None:
            box.add("used", kind)
            return found
    return None


def moment(box: Box, *kinds: str) -> dt.datetime | None:
    """The first of the dates of these kinds that is a moment."""
    for kind in kinds:
        text = box.optional(f"date:{kind}")
        if text and "T" in text:
            try:
                found = moment_of(text)
            except ValueError:
                continue
            box.add("used", kind)
            return found
    return None


def keep_dates(box: Box) -> None:
    """Keeps the dates that were not used, or that say more than the day that was."""
    used = set(box.many("used"))
    for name in [name for name in box.values if name.startswith("date:")]:
        kind, text = name.removeprefix("date:"), box.text(name)
        is_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}(T00:00:00(\.0+)?)?", text) is not None
        if kind not in used or not is_day:
            raw.keep_line(box, f"{kind}: {text}")


def whole_number(text: str | None) -> int | None:
    """A number above nought."""
    found = (text or "").strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) <= 9 and int(found) > 0 else None


def case_status(box: Box) -> CaseStatus:
    """Where the case was in its life. One with a closing day was closed, whatever else is said."""
    found = _STATUSES.get((box.optional("status_word") or "").strip().casefold())
    if found is None:
        return CaseStatus.CLOSED if box.has("closed_on") else CaseStatus.OPEN
    is_ended = found in (CaseStatus.CLOSED, CaseStatus.CANCELLED)
    return found if is_ended or not box.has("closed_on") else CaseStatus.CLOSED


def direction(box: Box) -> Direction:
    """Which way a record went: as it says, else as its status or its dates say."""
    for name in ("direction_word", "status_word"):
        found = _DIRECTIONS.get((box.optional(name) or "").strip().casefold())
        if found is not None:
            return found
    if box.has("direction_word"):
        return Direction.DRAWN_UP
    if box.has("date:received"):
        return Direction.INCOMING
    return Direction.OUTGOING if box.has("date:expedited") else Direction.DRAWN_UP


def medium(box: Box) -> Medium:
    """What the original is. Without a word for it: paper if there is no file."""
    word = box.optional("medium_word") or ""
    if "and_digital" in word:
        return Medium.BOTH
    if word == "physical":
        return Medium.PAPER
    return Medium.DIGITAL if word or box.of("document") else Medium.PAPER


def record_status(box: Box) -> RecordStatus:
    """Whether a record counts."""
    word = (box.optional("status_word") or box.optional("direction_word") or "").strip().casefold()
    is_cancelled = word in ("obliterated", "makulerad", "makulerat")
    return RecordStatus.CANCELLED if is_cancelled else RecordStatus.REGISTERED


def username(text: str) -> str:
    """A name as a user name."""
    plain = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9@._-]+", ".", letters).strip(".")[:70] or "okand"


def class_of(box: Box) -> tuple[str, str]:
    """Code and title of a raw case's class, as a scheme keeps them; both empty where there is none."""
    code = " ".join((box.optional("class_code") or box.optional("class_title") or "").split())[:40]
    title = " ".join((box.optional("class_title") or code).split())[:300]
    return code, title


def complete_party(box: Box, uid: str, owner: Box) -> None:
    """A party. What is no valid number stands with the address; what is too long, in the note of `owner`."""
    box.fill("uid", uid)
    for name in ("address", "phone", "email"):
        if name in box.values:
            box.values[name] = [", ".join(dict.fromkeys(filled for filled in box.many(name) if filled))]
    organisation = box.optional("organisation")
    name = box.optional("name") or organisation or _NOBODY
    kind, number = _identity(box.optional("identity_number"), has_name=box.has("name"), organisation=organisation)
    if number is None and box.has("identity_number"):
        told = f"{box.text('address')}, " if box.has("address") else ""
        box.values["address"] = [f"{told}id: {box.text('identity_number')}"]
    box.values.pop("identity_number", None)
    box.fill("identity_number", number)
    box.fill("kind", kind.value)
    box.values["name"] = [" ".join(name.split())[:200]]
    fit = {"organisation": 200, "address": 300, "postal_code": 20, "city": 100, "country": 100, "email": 254}
    for fact, most in {**fit, "phone": 40}.items():
        if fact in box.values:
            told = " ".join(box.text(fact).split())
            box.values[fact] = [told[:most]]
            if len(told) > most:
                raw.keep_line(owner, f"{fact}: {told}")


def complete_restriction(box: Box, uid: str, authority_code: str, made_at: dt.datetime) -> bool:
    """A marking; it covers everything, for what it covers is not told. Returns whether the law is unknown."""
    told = box.optional("provision")
    citation = _citation(told or "")
    lines = [
        box.optional("explanation"),
        f"{_('Lagrum i paketet')}: {told}" if told and citation is None else None,
        f"{_('Typ')}: {box.text('word')}" if box.has("word") else None,
    ]
    lines += [f"{name.removeprefix('date:')}: {box.text(name)}" for name in box.values if name.startswith("date:")]
    lines += box.many(raw.EXTRA)
    made_on = day(box, "confidentiality_assessed", "created", "start") or made_at.astimezone(STOCKHOLM).date()
    box.fill("uid", uid)
    box.fill("scope", Scope.WHOLE.value)
    box.values["provision"] = [citation or UNKNOWN_CITATION]
    box.fill("subject", _("Lagrummet i paketet kunde inte tolkas") if citation is None else "")
    box.values["max_years"] = [box.text("max_years")[:60]]
    box.fill("made_on", made_on.isoformat())
    box.fill("made_at", made_at.isoformat())
    box.fill("authority", authority_code)
    box.fill("made_by", _NOBODY)
    box.fill("note", "\n".join(line for line in lines if line) or None)
    return citation is None


def complete_relation(box: Box, owner: Box) -> None:
    """A reference to another case; what kind it is, is told in words if it is none of ours."""
    word = box.text("word").strip()
    kind, outgoing = _RELATIONS.get(word.casefold(), (RelationKind.REFERS_TO, True))
    if word.casefold() not in _RELATIONS:
        raw.keep_line(owner, f"relation ({word}): {box.text('case_number')}")
    box.fill("kind", kind.value)
    box.fill("is_outgoing", "true" if outgoing else "false")


def complete_document(box: Box, place: int, listed: ListedFile | None, moment: dt.datetime) -> None:
    """A file, with what METS says of it where the record does not."""
    path = box.optional("path") or ""
    if listed is not None:
        box.fill("told_size", listed.size)
        box.fill("told_mime", listed.mime)
        if not box.has("checksum"):
            box.fill("checksum", listed.checksum)
            box.values["checksum_method"] = [listed.method or ""]
        box.fill("format_version", listed.format_version)
        box.fill("puid", listed.puid)
    name = box.optional("file_name") or (listed.original_name if listed else None) or path.rpartition("/")[2]
    box.values["file_name"] = [_file_name(name, path)]
    if box.has("description"):
        box.values["description"] = [" ".join(box.text("description").split())[:300]]
    is_sha256 = (box.optional("checksum_method") or "").upper().replace("-", "") == "SHA256"
    box.fill("sha256", box.text("checksum").strip().lower() if is_sha256 else "")
    box.fill("size", box.text("told_size") if box.text("told_size").isdigit() else "0")
    for fact, most in (("mime", 200), ("puid", 20), ("format_name", 200), ("format_version", 60)):
        if fact in box.values:
            box.values[fact] = [box.text(fact)[:most]]
    box.fill("mime", box.optional("told_mime"))
    box.fill("position", str(place))
    box.fill("is_released", "false")
    box.fill("stored_at", moment.isoformat())


def _day_of(text: str) -> dt.date | None:
    found = _DAY.match(text.strip())
    if found is None:
        return None
    try:
        return dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None


def _identity(text: str | None, *, has_name: bool, organisation: str | None) -> tuple[PartyKind, str | None]:
    """The kind of a party and its number in full form; no number where it is none."""
    likely = PartyKind.PERSON if has_name or not organisation else PartyKind.ORGANISATION
    for kind in dict.fromkeys((likely, PartyKind.PERSON, PartyKind.ORGANISATION)):
        try:
            number = identity_number(kind, text)
        except InvalidFact:
            continue
        return (kind, number) if number else (likely, None)
    return likely, None


def _citation(text: str) -> str | None:
    """The provision as the register writes it; None where it cannot be told."""
    found = _PROVISION.search(text)
    if found is None:
        return None
    told = text.casefold()
    law = next((short for short, words in _LAWS if any(word in told for word in words)), "OSL")
    paragraph = " ".join(found[2].split()).replace(" ", "")
    return f"{law} {found[1]} kap. {paragraph} §"


def _file_name(name: str, path: str) -> str:
    """A name with the ending that tells what the file is."""
    plain = name.replace("\\", "/").rpartition("/")[2].strip() or "fil"
    ending = path.rpartition(".")[2] if "." in path.rpartition("/")[2] else ""
    if ending and "." not in plain:
        plain = f"{plain}.{ending}"
    return plain[-255:]
