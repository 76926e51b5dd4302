"""Descriptive, provenance and rights metadata sections.

Source: CSIP 2.1.0, CSIP17–CSIP57.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from diarium.archive.validation import catalogue
from diarium.archive.validation.checks import AttributeRule, Context, check_attributes, equals
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import NS, XLINK
from diarium.archive.validation.model import Level, Severity
from diarium.archive.validation.versions import CsipVersion
from diarium.archive.validation.vocabularies import CHECKSUM_ALGORITHMS, SECTION_STATUSES, mime_fault
from diarium.i18n import gettext as _

HREF = f"{{{XLINK}}}href"
LINK_TYPE = f"{{{XLINK}}}type"
Ids = Mapping[str, tuple[str, Level]]
SECTIONS: tuple[tuple[str, Ids], ...] = (
    ("m:dmdSec", catalogue.DESCRIPTIVE),
    ("m:amdSec/m:digiprovMD", catalogue.PROVENANCE),
    ("m:amdSec/m:rightsMD", catalogue.RIGHTS),
)


def check_metadata(context: Context, files: PackageFiles) -> None:
    """What the sections say of themselves; whether the files are as said is `fixity`'s matter."""
    if context.mets.is_package_level:
        _sections_and_folders(context, files)
    administrative = list(context.mets.all("m:amdSec"))
    if not administrative:
        told = _("METS saknar amdSec.")
        context.tell("CSIP31", context.mets.root, told, severity=Severity.INFO)
    elif len(administrative) > 1:
        told = _("METS har %(number)d amdSec.", number=len(administrative))
        context.tell("CSIP31", administrative[1], told)
    for path, ids in SECTIONS:
        for section in context.mets.all(path):
            _section(context, section, ids)


def check_mime(context: Context, rule: str, element: etree._Element) -> None:
    """MIMETYPE is there, can be a MIME type (else an error) and is a known one (else a warning)."""
    value = element.get("MIMETYPE")
    if not value:
        context.missing(rule, element, "MIMETYPE")
        return
    fault = mime_fault(value)
    if fault == "form":
        # since 2.2.0 sender and receiver may agree on another list
        severity = None if context.version is CsipVersion.V2_1 else Severity.WARNING
        context.wrong(rule, element, "MIMETYPE", severity=severity)
    elif fault == "unknown":
        mend = _("Kontrollera stavningen mot IANA:s lista över medietyper.")
        context.wrong(rule, element, "MIMETYPE", severity=Severity.WARNING, mend=mend)


def is_checksum_type(value: str) -> bool:
    """Algorithms that METS lists; which of them can be checked is told when the file is read."""
    return value in CHECKSUM_ALGORITHMS or value in ("Adler-32", "CRC32", "HAVAL", "MNP", "TIGER", "WHIRLPOOL")


def _sections_and_folders(context: Context, files: PackageFiles) -> None:
    """Sections without files, or none at all; files without section are told when all METS files are read."""
    for rule, path, folder in (
        ("CSIP17", "m:dmdSec", "metadata/descriptive"),
        ("CSIP32", "m:amdSec/m:digiprovMD", "metadata/preservation"),
    ):
        if context.mets.one(path) is None:
            told = _("METS har ingen %(section)s.", section=path.rsplit(":", 1)[-1])
            context.tell(rule, context.mets.root, told, severity=Severity.INFO)
        elif not files.under(folder):
            told = _(
                "METS har %(section)s men mappen %(folder)s är tom.",
                section=path.rsplit(":", 1)[-1],
                folder=folder,
            )
            context.tell(rule, context.mets.root, told)


def _section(context: Context, section: etree._Element, ids: Ids) -> None:
    if not section.get("ID"):
        context.missing(ids["ID"][0], section, "ID")
    if "created" in ids and not section.get("CREATED"):
        context.missing(ids["created"][0], section, "CREATED")
    status = section.get("STATUS")
    if status is None:
        context.missing(ids["STATUS"][0], section, "STATUS")
    elif status not in SECTION_STATUSES:
        context.wrong(ids["STATUS"][0], section, "STATUS", severity=Severity.ERROR)
    reference = section.find("m:mdRef", NS)
    if reference is None:
        context.tell(ids["mdRef"][0], section, _("Metadatasektionen hänvisar inte till någon fil med mdRef."))
        return
    rules = (
        AttributeRule(ids["LOCTYPE"][0], "LOCTYPE", equals("URL")),
        AttributeRule(ids["type"][0], LINK_TYPE, equals("simple")),
        AttributeRule(ids["MDTYPE"][0], "MDTYPE"),
        AttributeRule(ids["SIZE"][0], "SIZE", str.isdecimal),
        AttributeRule(ids["CREATED"][0], "CREATED"),
        AttributeRule(ids["CHECKSUM"][0], "CHECKSUM"),
        AttributeRule(ids["CHECKSUMTYPE"][0], "CHECKSUMTYPE", is_checksum_type),
    )
    check_attributes(context, reference, rules)
    if reference.get(HREF) is None:
        context.missing(ids["href"][0], reference, HREF)
    check_mime(context, ids["MIMETYPE"][0], reference)
