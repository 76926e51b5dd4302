"""The versions of E-ARK's specifications that a package can follow: everything in which they differ for a writer.

Source: E-ARK CSIP and SIP 2.1.0 and 2.2.0, CITS ERMS 2.1.2 and 3.0. The misspelt words are as published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Dialect:
    """One set of versions.

    `profile`: METS PROFILE; `content_type`: of the vocabulary of content information types; `erms_schema` and
    `erms_rules`: our files, which in a package have the names that ERMS has for them in every version.
    `digital`, `digital_and_paper`: of what a record is; `address_type`: the attribute of an address line.
    `needs_both_lines`: an address without contacts, or contacts without address, must be filled up.
    `links_schemes`: each scheme has an element of its own that cases refer to. `names_markers`: markings have
    agents.
    """

    profile: str
    content_type: str
    erms_schema: str
    erms_rules: str
    digital: str
    digital_and_paper: str
    address_type: str
    needs_both_lines: bool
    links_schemes: bool
    names_markers: bool


V2_1: Final = Dialect(
    profile="https://earksip.dilcis.eu/profile/E-ARK-SIP.xml",
    content_type="citserms_v2_1",
    erms_schema="ERMS.xsd",
    erms_rules="erms.sch",
    digital="digitial",
    digital_and_paper="physcical_and_digital",
    address_type="adressType",
    needs_both_lines=True,
    links_schemes=False,
    names_markers=False,
)
V2_2: Final = Dialect(
    profile="https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-2-0.xml",
    content_type="citserms_v3_0",
    erms_schema="ERMS-3.xsd",
    erms_rules="erms-3.sch",
    digital="digital",
    digital_and_paper="physical_and_digital",
    address_type="addressType",
    needs_both_lines=False,
    links_schemes=True,
    names_markers=True,
)
