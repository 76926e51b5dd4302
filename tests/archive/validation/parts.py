"""Plain E-ARK packages: a METS.xml in each representation, pointed at by the one of the package."""

from __future__ import annotations

from lxml import etree

from .builder import CSIP, DATA, ERMS, METS, NS, XLINK, Package, make_mets
from .changes import HREF, TOP, Change, attribute

POINTER = f"{TOP}/m:div[@LABEL='Representations/rep_1']/m:mptr"
DIVISION = f"{TOP}/m:div[m:mptr]"


def divided() -> Package:
    """The usual package in two parts: ERMS.xml and its document belong to the representation."""
    content = {"data/ERMS.xml": ERMS.encode(), "data/ansokan.txt": b"Jag vill bygga.\n"}
    package = Package()
    package.files = {name: data for name, data in package.files.items() if not name.startswith("representations/")}
    package.files |= {f"representations/rep_1/{name}": data for name, data in content.items()}
    inner = _representation(content)
    package.files["representations/rep_1/METS.xml"] = etree.tostring(inner)
    tree = make_mets({name: data for name, data in package.files.items() if name.split("/")[2:3] != ["data"]})
    package.mets = tree
    package.one("//m:fileGrp[3]").set("USE", "Representations/rep_1")
    division = package.one(f"{TOP}/m:div[4]")
    division.set("LABEL", "Representations/rep_1")
    division.remove(division[0])
    pointer = etree.SubElement(division, f"{{{METS}}}mptr", LOCTYPE="URL")
    pointer.set(f"{{{XLINK}}}type", "simple")
    pointer.set(f"{{{XLINK}}}title", "g-Representations")
    pointer.set(HREF, "representations/rep_1/METS.xml")
    return package


def _representation(content: dict[str, bytes]) -> etree._Element:
    listed = {f"{DATA}/{name.rsplit('/', 1)[-1]}": data for name, data in content.items()}
    mets = make_mets(listed)
    mets.set("OBJID", "rep_1")
    for path in ("m:dmdSec", "m:amdSec"):
        mets.remove(mets.find(path, NS))
    for location in mets.iterfind(".//m:FLocat", NS):
        location.set(HREF, location.get(HREF, "").removeprefix("representations/rep_1/"))
    group = mets.find(".//m:fileGrp", NS)
    group.set("USE", "Data")
    top = mets.find("m:structMap/m:div", NS)
    top.set("LABEL", "rep_1")
    del top[0].attrib["ADMID"], top[0].attrib["DMDID"]
    top[1].set("LABEL", "Data")
    for element in mets.iter(f"{{{METS}}}*"):
        for name in ("ID", "FILEID"):
            if element.get(name):
                element.set(name, f"rep1-{element.get(name)}")
    return mets


PARTS: list[tuple[Change, set[str]]] = [
    (attribute(POINTER, f"{{{XLINK}}}title", "g-Schemas"), {"CSIP108", "CSIP104", "CSIP119"}),
    (attribute(POINTER, f"{{{XLINK}}}title", None), {"CSIP108", "CSIP104", "CSIP119"}),
    (attribute(POINTER, f"{{{XLINK}}}type", None), {"CSIP111"}),
    (attribute(POINTER, "LOCTYPE", "URN"), {"CSIP112"}),
    (attribute(POINTER, HREF, "representations/rep_2/METS.xml"), {"CSIP110", "CSIP105"}),
    (attribute(DIVISION, "LABEL", "Eget"), {"CSIP107", "CSIP101"}),
    (attribute(DIVISION, "LABEL", "Representations/rep_9"), {"CSIP110"}),
    (attribute(DIVISION, "ID", None), {"CSIP106"}),
    (
        lambda package: package.one(DIVISION).append(etree.fromstring(etree.tostring(package.one(POINTER)))),
        {"CSIP109"},
    ),
    (
        lambda package: package.one(DIVISION).remove(package.one(POINTER)),
        {"CSIP104", "CSIP105", "CSIP119"},
    ),
    (attribute("//m:fileGrp[3]", f"{{{CSIP}}}CONTENTINFORMATIONTYPE", None), {"CSIP62"}),
    (
        lambda package: package.files.update({"representations/rep_2/data/x.txt": b"x"}),
        {"CSIPSTR12", "FILE-EXTRA"},
    ),
]
