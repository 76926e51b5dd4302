"""Which versions of the specifications a package follows, and what differs between them.

CSIP and SIP 2.2.0 have the same requirements as 2.1.0 but for these:
the pointers of the structural map to groups of files (CSIP96, 100, 104) are recommended instead of demanded; MIME
types may be of another list than IANA's where that is agreed (CSIP26, 40, 53, 68); OBJID may be mapped to a folder
name where the file system cannot hold it (CSIP1); IDs must be unique in their METS file instead of in the package
(CSIP18, 33, 46, 59, 65, 67, 83, 85, 89, 94, 98, 102, 106); agents that are named as archival creator, submitter or
preserver must have a name (SIP12, 18, 29); and SIP has another PROFILE (SIP2).
Source: E-ARK CSIP 2.1.0 and 2.2.0, E-ARK SIP 2.1.0 and 2.2.0, CITS ERMS 2.1.2 and 3.0.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from lxml import etree

from diarium.archive.validation.model import Level


class CsipVersion(StrEnum):
    """Versions of CSIP, and of SIP with the same number."""

    V2_1 = "2.1.0"
    V2_2 = "2.2.0"


class ErmsVersion(StrEnum):
    """Versions of CITS ERMS that differ in what is valid."""

    V2 = "2.1.2"
    V3 = "3.0"


SIP_PROFILES: Mapping[CsipVersion, str] = {
    CsipVersion.V2_1: "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml",
    CsipVersion.V2_2: "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml",
}
# the levels of 2.2.0 that are not those of 2.1.0, which the catalogue has
LEVELS: Mapping[CsipVersion, Mapping[str, Level]] = {
    CsipVersion.V2_1: {},
    CsipVersion.V2_2: {
        **dict.fromkeys(("CSIP96", "CSIP100", "CSIP104"), Level.SHOULD),
        **dict.fromkeys(("SIP12", "SIP18", "SIP29"), Level.MUST),
    },
}
ERMS_SCHEMAS: Mapping[ErmsVersion, str] = {ErmsVersion.V2: "ERMS.xsd", ErmsVersion.V3: "ERMS-3.xsd"}
ERMS_RULES: Mapping[ErmsVersion, str] = {ErmsVersion.V2: "erms.sch", ErmsVersion.V3: "erms-3.sch"}
ERMS_TYPES: Mapping[str, ErmsVersion | None] = {
    "ERMS": None,
    "citserms_v2_1": ErmsVersion.V2,
    "citserms_v3_0": ErmsVersion.V3,
}
_VERSION = re.compile(r"v(\d+)[-_.](\d+)(?:[-_.]\d+)?(?:\.xml)?$", re.IGNORECASE)
# kinds of package by the end of their profile's address, without version: not judged by the rules of SIP
_OTHER_PROFILES = ("/E-ARK-CSIP.xml", "/METS/IP.xml", "/E-ARK-AIP.xml", "/E-ARK-DIP.xml")
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_THIRD = re.compile(r"erms[-_.]?v?3", re.IGNORECASE)
_SECOND = re.compile(r"erms[-_.]?v?2", re.IGNORECASE)
_HEAD_BYTES = 256 * 1024
# what only one of the versions knows, by the first of them that a document has
_SPELLINGS: tuple[tuple[bytes, ErmsVersion], ...] = (
    (b"adressType=", ErmsVersion.V2),
    (b'"digitial"', ErmsVersion.V2),
    (b"physcical_and_digital", ErmsVersion.V2),
    (b"addressType=", ErmsVersion.V3),
    (b"classificationSchemaId=", ErmsVersion.V3),
    (b"classificationSchemaUsed=", ErmsVersion.V3),
    (b'"physical_and_digital"', ErmsVersion.V3),
    (b'PhysicalOrDigital="digital"', ErmsVersion.V3),
)


def csip_version(profile: str) -> CsipVersion:
    """The version that a METS file says it follows by its PROFILE; without number it is 2.1.0."""
    found = _VERSION.search(profile.strip())
    return CsipVersion.V2_2 if found and (int(found[1]), int(found[2])) >= (2, 2) else CsipVersion.V2_1


def is_other_than_sip(profile: str) -> bool:
    """Whether the PROFILE is that of another kind of E-ARK package."""
    return re.sub(r"-v\d+-\d+-\d+(?=\.xml$)", "", profile.strip()).endswith(_OTHER_PROFILES)


def erms_version(path: Path, declared: ErmsVersion | None) -> ErmsVersion:
    """The version that ERMS.xml is written in: by its schema, else by its spellings, else as METS `declared`."""
    location = _schema_location(path)
    if _THIRD.search(location):
        return ErmsVersion.V3
    if _SECOND.search(location):
        return ErmsVersion.V2
    return _by_spelling(path) or declared or ErmsVersion.V2


def _by_spelling(path: Path) -> ErmsVersion | None:
    try:
        with path.open("rb") as source:
            head = source.read(_HEAD_BYTES)
    except OSError:
        return None
    found = [(head.find(word), version) for word, version in _SPELLINGS if word in head]
    return min(found, key=lambda item: item[0])[1] if found else None


def _schema_location(path: Path) -> str:
    try:
        for _event, element in etree.iterparse(
            str(path), events=("start",), resolve_entities=False, no_network=True
        ):
            return str(element.get(_SCHEMA_LOCATION, ""))
    except (etree.LxmlError, OSError, ValueError, LookupError):
        return ""
    return ""
