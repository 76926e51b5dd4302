"""What METS says of a package as a whole: identifier, time, agents, agreements."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from diarium.archive.reading import raw, xml
from diarium.archive.reading.xml import Element

_PREFIXES = ("uuid:", "guid:", "urn:uuid:")


@dataclass(slots=True)
class Header:
    """The header, as far as it is there. `codes`: identification codes of the archives' creator, as `ORG:…`."""

    package_id: str | None = None
    created: str | None = None
    creator: str | None = None
    codes: list[str] = field(default_factory=list)
    software: tuple[str, str] = ("", "")
    status: str = "NEW"
    agreements: dict[str, list[str]] = field(default_factory=dict)


def read(mets: Path | None) -> Header:
    """The header of a METS document; an empty one without a document. Raises: UnreadablePackage."""
    header = Header()
    if mets is None:
        return header
    for element in xml.stream(mets, "metsHdr"):
        root = element.getroottree().getroot()
        header.package_id = _plain(xml.attribute(root, "OBJID") or "")
        header.created = xml.attribute(element, "CREATEDATE")
        header.status = xml.attribute(element, "RECORDSTATUS") or "NEW"
        for agent in xml.children(element, "agent"):
            _agent(header, agent)
        for item in xml.children(element, "altRecordID"):
            if told := raw.filled(item.text):
                header.agreements.setdefault(xml.attribute(item, "TYPE") or "", []).append(told)
        break
    return header


def _agent(header: Header, agent: Element) -> None:
    role, kind = xml.attribute(agent, "ROLE"), xml.attribute(agent, "TYPE")
    name = raw.filled(xml.text(agent, "name"))
    notes = [told for item in xml.children(agent, "note") if (told := raw.filled(item.text))]
    if role == "ARCHIVIST" and kind == "ORGANIZATION" and header.creator is None:
        header.creator = name
        header.codes = notes
    is_software = xml.attribute(agent, "OTHERTYPE") == "SOFTWARE"
    if is_software and (role == "ARCHIVIST" or not header.software[0]):
        header.software = (name or "", notes[0] if notes else "")


def _plain(identifier: str) -> str | None:
    """Without the word before it that says what it is."""
    text = identifier.strip()
    lower = text.casefold()
    prefix = next((one for one in _PREFIXES if lower.startswith(one)), "")
    return text[len(prefix) :].strip() or None
