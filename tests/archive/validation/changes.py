"""Faults to put into a sound package, one at a time."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from .builder import CSIP, METS, XLINK, Package

HREF = f"{{{XLINK}}}href"
SIP_HEADER = "/m:mets/m:metsHdr"
MDREF = "/m:mets/m:dmdSec/m:mdRef"
PROVENANCE = "/m:mets/m:amdSec/m:digiprovMD/m:mdRef"
FILE = "/m:mets/m:fileSec/m:fileGrp[1]/m:file[1]"
FLOCAT = f"{FILE}/m:FLocat"
TOP = "/m:mets/m:structMap/m:div"

Change = Callable[[Package], None]


def attribute(path: str, name: str, value: str | None) -> Change:
    """Sets an attribute in METS, or takes it away."""

    def change(package: Package) -> None:
        element = package.one(path)
        if value is None:
            del element.attrib[name]
        else:
            element.set(name, value)

    return change


def removed(path: str) -> Change:
    def change(package: Package) -> None:
        element = package.one(path)
        element.getparent().remove(element)

    return change


def text(path: str, value: str) -> Change:
    def change(package: Package) -> None:
        package.one(path).text = value

    return change


def added(path: str, xml: str) -> Change:
    """Puts one more METS element last in the element at `path`."""

    def change(package: Package) -> None:
        outer = f'<x xmlns="{METS}" xmlns:csip="{CSIP}" xmlns:xlink="{XLINK}">{xml}</x>'
        package.one(path).append(etree.fromstring(outer)[0])

    return change


def content(name: str, old: str, new: str) -> Change:
    return lambda package: package.replace(name, old, new)


def without_agents(*, role: str = "", but: str = "") -> Change:
    """Takes away every agent (with `role`, only those of it) but those of the type `but`."""

    def change(package: Package) -> None:
        header = package.one(SIP_HEADER)
        for agent in header.findall(f"{{{METS}}}agent"):
            if agent.get("ROLE", "").startswith(role) and agent.get("TYPE") != but:
                header.remove(agent)

    return change


def misnamed(number: int, **attributes: str) -> Change:
    """An agent that means what it meant, but says so in other attributes."""
    return lambda package: package.one(f"{SIP_HEADER}/m:agent[{number}]").attrib.update(attributes)


def rights(*changes: tuple[str, str | None]) -> Change:
    """A rights section for the PREMIS file, with attributes of its mdRef changed."""

    def change(package: Package) -> None:
        source = package.one(PROVENANCE)
        section = etree.SubElement(
            package.one("/m:mets/m:amdSec"), f"{{{METS}}}rightsMD", ID="amd-2", STATUS="CURRENT"
        )
        package.one("/m:mets/m:amdSec").insert(0, section)
        reference = etree.SubElement(section, f"{{{METS}}}mdRef", dict(source.attrib))
        package.one(f"{TOP}/m:div[@LABEL='Metadata']").set("ADMID", "amd-1 amd-2")
        for name, value in changes:
            if value is None:
                del reference.attrib[name]
            else:
                reference.set(name, value)

    return change
