"""The file section.

Source: CSIP 2.1.0, CSIP58–CSIP79, CSIP113 and CSIP114.
"""

from __future__ import annotations

from lxml import etree

from diarium.archive.validation.checks import AttributeRule, Context, check_attributes, equals
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import NS
from diarium.archive.validation.model import Severity
from diarium.archive.validation.rules_header import CONTENT_TYPE, OTHER_CONTENT_TYPE
from diarium.archive.validation.rules_metadata import HREF, LINK_TYPE, check_mime, is_checksum_type
from diarium.archive.validation.vocabularies import CONTENT_INFORMATION_TYPES, DIVISIONS
from diarium.i18n import gettext as _

_FILE_RULES = (
    AttributeRule("CSIP67", "ID"),
    AttributeRule("CSIP69", "SIZE", str.isdecimal),
    AttributeRule("CSIP70", "CREATED"),
    AttributeRule("CSIP71", "CHECKSUM"),
    AttributeRule("CSIP72", "CHECKSUMTYPE", is_checksum_type),
)
_LOCATION_RULES = (
    AttributeRule("CSIP77", "LOCTYPE", equals("URL")),
    AttributeRule("CSIP78", LINK_TYPE, equals("simple")),
)


def check_files(context: Context, files: PackageFiles) -> None:
    section = context.mets.one("m:fileSec")
    if section is None:
        context.tell("CSIP58", context.mets.root, _("METS saknar fileSec, så paketets filer är inte förtecknade."))
        return
    if not section.get("ID"):
        context.missing("CSIP59", section, "ID")
    groups = list(section.iterfind(".//m:fileGrp", NS))
    if context.mets.is_package_level:
        _required_groups(context, section, groups)
    for group in groups:
        _group(context, group, files)
    for file in section.iterfind(".//m:file", NS):
        _file(context, file)


def is_in_division(use: str, division: str) -> bool:
    """Whether USE or LABEL is the division itself or a folder in it."""
    return use == division or use.startswith(f"{division}/")


def _required_groups(context: Context, section: etree._Element, groups: list[etree._Element]) -> None:
    uses = [group.get("USE", "") for group in groups]
    for rule, division in (("CSIP60", "Documentation"), ("CSIP113", "Schemas"), ("CSIP114", "Representations")):
        if not any(use.startswith(division) for use in uses):
            context.tell(rule, section, _("Ingen filgrupp har USE %(division)s.", division=division))


def _group(context: Context, group: etree._Element, files: PackageFiles) -> None:
    use = group.get("USE", "")
    if not group.get("ID"):
        context.missing("CSIP65", group, "ID")
    if not use:
        context.missing("CSIP64", group, "USE")
    elif context.mets.is_package_level and not any(is_in_division(use, division) for division in DIVISIONS):
        context.wrong("CSIP64", group, "USE")
    elif context.mets.is_package_level and not files.has_folder_ignoring_case(use.strip("/")):
        told = _("Filgruppens USE är %(use)s, men paketet har ingen sådan mapp.", use=use[:200])
        context.tell("CSIP64", group, told, attribute="USE")
    if group.find("m:file", NS) is None and group.find("m:fileGrp", NS) is None:
        context.tell("CSIP66", group, _("Filgruppen %(use)s har inga filer.", use=use[:200]))
    kind = group.get(CONTENT_TYPE)
    if kind is None:
        parent = group.getparent()
        inherited = parent is not None and parent.get(CONTENT_TYPE) is not None
        if use.startswith("Representations") and context.mets.is_package_level and not inherited:
            context.missing("CSIP62", group, CONTENT_TYPE)
    elif kind not in CONTENT_INFORMATION_TYPES:
        context.wrong("CSIP62", group, CONTENT_TYPE, severity=Severity.ERROR)
    elif kind == "OTHER" and not (group.get(OTHER_CONTENT_TYPE) or "").strip():
        context.missing("CSIP63", group, OTHER_CONTENT_TYPE, severity=Severity.WARNING)


def _file(context: Context, file: etree._Element) -> None:
    check_attributes(context, file, _FILE_RULES)
    check_mime(context, "CSIP68", file)
    if file.get("OWNERID") is not None and not file.get("OWNERID", "").strip():
        context.missing("CSIP73", file, "OWNERID", severity=Severity.WARNING)
    locations = file.findall("m:FLocat", NS)
    if len(locations) != 1:
        told = _("Filen har %(number)d FLocat.", number=len(locations))
        context.tell("CSIP76", file, told)
    for location in locations:
        check_attributes(context, location, _LOCATION_RULES)
        if location.get(HREF) is None:
            context.missing("CSIP79", location, HREF)
