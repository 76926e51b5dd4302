"""The structural map.

Source: CSIP 2.1.0, CSIP80–CSIP112, CSIP116, CSIP118 and CSIP119; CSIP86 from 2.0.4, withdrawn in 2.1.0.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from diarium.archive.validation.checks import AttributeRule, Context, check_attributes, equals
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import NS, XLINK
from diarium.archive.validation.rules_files import is_in_division
from diarium.archive.validation.rules_metadata import HREF, LINK_TYPE
from diarium.i18n import gettext as _

TITLE = f"{{{XLINK}}}title"


@dataclass(frozen=True, slots=True)
class _Division:
    """The rules of one kind of division: absent, without ID, misspelt, group not pointed at, wrong pointer."""

    name: str
    absent: str
    identifier: str
    label: str
    unreferenced: str
    pointer: str


_DIVISIONS = (
    _Division("Documentation", "CSIP93", "CSIP94", "CSIP95", "CSIP96", "CSIP116"),
    _Division("Schemas", "CSIP97", "CSIP98", "CSIP99", "CSIP100", "CSIP118"),
    _Division("Representations", "CSIP101", "CSIP102", "CSIP103", "CSIP104", "CSIP119"),
)
_METS_POINTER = (
    AttributeRule("CSIP111", LINK_TYPE, equals("simple")),
    AttributeRule("CSIP112", "LOCTYPE", equals("URL")),
)


def check_structmap(context: Context, files: PackageFiles) -> None:
    structmap = _csip_map(context)
    if structmap is None:
        return
    if structmap.get("TYPE") != "PHYSICAL":
        if structmap.get("TYPE"):
            context.wrong("CSIP81", structmap, "TYPE")
        else:
            context.missing("CSIP81", structmap, "TYPE")
    if not structmap.get("ID"):
        context.missing("CSIP83", structmap, "ID")
    tops = structmap.findall("m:div", NS)
    if len(tops) != 1:
        context.tell("CSIP84", structmap, _("structMap har %(number)d översta div.", number=len(tops)))
    if not tops:
        return
    top = tops[0]
    if not top.get("ID"):
        context.missing("CSIP85", top, "ID")
    if not top.get("LABEL"):
        context.missing("CSIP86", top, "LABEL")
    elif top.get("LABEL") != context.mets.objid:
        context.wrong("CSIP86", top, "LABEL")
    _metadata_division(context, top)
    _content_divisions(context, structmap, top)
    for division in top.findall("m:div", NS):
        _named(context, division)
    _pointers(context, structmap, files)


def _csip_map(context: Context) -> etree._Element | None:
    """The map that the rules are about: the one labelled CSIP, else the first."""
    maps = list(context.mets.all("m:structMap"))
    labelled = [element for element in maps if element.get("LABEL") == "CSIP"]
    if len(labelled) > 1:
        context.tell("CSIP80", labelled[1], _("METS har mer än en structMap med LABEL CSIP."))
    elif not labelled:
        context.tell("CSIP80", maps[0] if maps else context.mets.root, _("METS saknar structMap med LABEL CSIP."))
        if maps:
            context.tell("CSIP82", maps[0], _("structMap har inte LABEL CSIP."), attribute="LABEL")
    return next(iter(labelled or maps), None)


def _metadata_division(context: Context, top: etree._Element) -> None:
    found = top.findall("m:div[@LABEL='Metadata']", NS)
    alike = [div for div in top.findall("m:div", NS) if div.get("LABEL", "").casefold() == "metadata"]
    if len(found) != 1 or len(alike) != 1:
        told = _("structMap ska ha en div med LABEL Metadata men har %(number)d.", number=len(alike))
        if len(alike) == 1:
            told = _("Divisionen för metadata har LABEL %(label)s.", label=alike[0].get("LABEL"))
        place = alike[-1] if alike else top
        context.tell("CSIP88", place, told)
        context.tell("CSIP90", place, told)
    if not alike:
        return
    division = alike[0]
    if not division.get("ID"):
        context.missing("CSIP89", division, "ID")
    for rule, attribute, path in (("CSIP91", "ADMID", "m:amdSec/*"), ("CSIP92", "DMDID", "m:dmdSec")):
        named = set(division.get(attribute, "").split())
        current = [
            section.get("ID", "") for section in context.mets.all(path) if section.get("STATUS") == "CURRENT"
        ]
        left = sorted(identifier for identifier in current if identifier and identifier not in named)
        if left:
            told = _(
                "Divisionen Metadata hänvisar inte i %(attribute)s till %(ids)s.",
                attribute=attribute,
                ids=", ".join(left[:5]) + ("…" if len(left) > 5 else ""),
            )
            context.tell(rule, division, told, attribute=attribute)


def _content_divisions(context: Context, structmap: etree._Element, top: etree._Element) -> None:
    groups = {group.get("ID", ""): group for group in context.mets.all("m:fileSec//m:fileGrp")}
    referenced = {pointer.get("FILEID", "") for pointer in structmap.iterfind(".//m:fptr", NS)}
    referenced |= {pointer.get(TITLE, "") for pointer in structmap.iterfind(".//m:mptr", NS)}
    referenced.discard("")
    divs = top.findall("m:div", NS)
    for kind in _DIVISIONS:
        own = [group for group in groups.values() if is_in_division(group.get("USE", ""), kind.name)]
        if own and not any(is_in_division(div.get("LABEL", ""), kind.name) for div in divs):
            told = _("structMap saknar div för filgruppen %(name)s.", name=kind.name)
            context.tell(kind.absent, top, told)
        for group in own:
            if not _is_referenced(group, referenced):
                told = _("structMap pekar inte på filgruppen %(id)s.", id=group.get("ID", ""))
                mend = _(
                    "Lägg till fptr med FILEID=%(id)s i div %(name)s.", id=group.get("ID", ""), name=kind.name
                )
                context.tell(kind.unreferenced, group, told, mend=mend)
                context.tell(kind.pointer, group, told, mend=mend)
        for div in divs:
            _content_division(context, div, kind, groups)


def _content_division(
    context: Context, div: etree._Element, kind: _Division, groups: dict[str, etree._Element]
) -> None:
    label = div.get("LABEL", "")
    if label.casefold() == kind.name.casefold() and not div.get("ID"):
        context.missing(kind.identifier, div, "ID")
    if label != kind.name and label.casefold() == kind.name.casefold():
        context.wrong(kind.label, div, "LABEL")
    if label != kind.name:
        return
    for pointer in div.findall("m:fptr", NS):
        identifier = pointer.get("FILEID")
        group = groups.get(identifier or "")
        if not identifier:
            context.missing(kind.pointer, pointer, "FILEID")
        elif group is None or not is_in_division(group.get("USE", ""), kind.name):
            told = _(
                "Divisionen %(name)s pekar på %(id)s, som inte är en filgrupp med USE %(name)s.",
                name=kind.name,
                id=identifier,
            )
            context.tell(kind.unreferenced, pointer, told, attribute="FILEID")
            context.tell(kind.pointer, pointer, told, attribute="FILEID")


def _is_referenced(group: etree._Element, referenced: set[str]) -> bool:
    """The group, or a group that holds it, is pointed at."""
    current: etree._Element | None = group
    while current is not None:
        if current.get("ID", "") in referenced:
            return True
        current = current.getparent()
    return False


def _named(context: Context, division: etree._Element) -> None:
    label = division.get("LABEL", "")
    if not label:
        context.missing("CSIP107", division, "LABEL")
    own_rule = label.casefold() in ("metadata", "documentation", "schemas", "representations")
    if not division.get("ID") and not own_rule:
        context.missing("CSIP106", division, "ID")


def _pointers(context: Context, structmap: etree._Element, files: PackageFiles) -> None:
    described = set()
    groups = {group.get("ID"): group.get("USE", "") for group in context.mets.all("m:fileSec//m:fileGrp")}
    for pointer in structmap.iterfind(".//m:mptr", NS):
        check_attributes(context, pointer, _METS_POINTER)
        title = pointer.get(TITLE)
        if not title:
            context.missing("CSIP108", pointer, TITLE)
        elif not is_in_division(groups.get(title, ""), "Representations"):
            context.wrong("CSIP108", pointer, TITLE)
        described.add(_pointed(context, pointer, files))
    for division in structmap.iterfind(".//m:div", NS):
        pointers = division.findall("m:mptr", NS)
        if len(pointers) > 1:
            context.tell("CSIP109", pointers[1], _("Divisionen har mer än en mptr."))
        if pointers and not division.get("LABEL", "").startswith("Representations/"):
            context.wrong("CSIP107", division, "LABEL")
    for mets in representation_mets(files) if context.mets.is_package_level else ():
        if mets not in described:
            told = _("structMap pekar inte på %(file)s.", file=mets)
            context.tell("CSIP105", structmap, told)


def representation_mets(files: PackageFiles) -> list[str]:
    """METS.xml of the representations that have one."""
    names = [f"representations/{name}/METS.xml" for name in files.children("representations")]
    return [name for name in names if name in files.sizes]


def _pointed(context: Context, pointer: etree._Element, files: PackageFiles) -> str | None:
    """The file that an mptr leads to; whether it exists is `fixity`'s matter."""
    href = pointer.get(HREF)
    if not href:
        context.missing("CSIP110", pointer, HREF)
        return None
    target = files.find(href, context.mets.folder)
    division = pointer.getparent()
    label = division.get("LABEL", "") if division is not None else ""
    folder = target.wanted.rsplit("/", 1)[0]
    if target.file is not None and label.startswith("Representations/") and folder.casefold() != label.casefold():
        told = _("mptr leder till %(folder)s men divisionen heter %(label)s.", folder=folder, label=label)
        context.tell("CSIP110", pointer, told, attribute=HREF)
    return target.file
