"""The files of sip.xml: what is said of each, IDs and references within the document, names in the package.

Whether a file is as it is said to be is `fixity`'s matter. Source: FGS Paketstruktur 1.2.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from diarium.archive.validation import legacy_values as values
from diarium.archive.validation.checks import AttributeRule as Wanted
from diarium.archive.validation.checks import Context, asked, check_attributes, equals
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.fixity import Reference
from diarium.archive.validation.legacy_header import EXT
from diarium.archive.validation.listing import PackageFiles
from diarium.archive.validation.mets import METS, NS, Mets, local_name
from diarium.archive.validation.model import Place
from diarium.archive.validation.rules_metadata import HREF, LINK_TYPE, check_mime
from diarium.archive.validation.vocabularies import CHECKSUM_ALGORITHMS
from diarium.i18n import gettext as _

_CLOCK_SLACK: Final = dt.timedelta(days=1)
_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]*")
_HREF = re.compile(r"file:///[^/\s]\S*")
_IDREFS: Final = ("ADMID", "DMDID", "FILEID", "STRUCTID", "TRANSFORMBEHAVIOR")
_LINK: Final = (
    Wanted("FGS12-LINK", "LOCTYPE", equals("URL")),
    Wanted("FGS12-LINK", LINK_TYPE, equals("simple")),
)
_FIXITY: Final = ("FILE-MISSING", "FILE-SIZE", "FILE-CHECKSUM")


def check_file_section(context: Context, now: dt.datetime) -> None:
    """What sip.xml says of its files. `now` is aware."""
    section = context.mets.one("m:fileSec")
    if section is None or section.find(".//m:file", NS) is None:
        told = _("sip.xml förtecknar inga filer.")
        context.tell("FGS12-FILES", context.mets.root if section is None else section, told)
    for group in context.mets.all("m:fileSec//m:fileGrp"):
        if group.find("m:file", NS) is None and group.find("m:fileGrp", NS) is None:
            context.tell(
                "FGS12-GROUP", group, _("Filgruppen %(use)s har inga filer.", use=group.get("USE", "")[:80])
            )
    for file in context.mets.all("m:fileSec//m:file"):
        _file(context, file, now)
        for link in file.iterfind("m:FLocat", NS):
            _link(context, link)
    for link in context.mets.all(".//m:mdRef"):
        _link(context, link)
    if context.mets.one("m:structMap") is None:
        context.tell("FGS12-STRUCTMAP", context.mets.root, _("sip.xml saknar structMap."))


def check_identifiers(context: Context) -> set[str]:
    """IDs that are unique, and there when referred to. Returns those that were given more than once."""
    seen: set[str] = set()
    twice: set[str] = set()
    elements = list(context.mets.root.iter(f"{{{METS}}}*"))
    for element in elements:
        identifier = element.get("ID")
        if identifier is not None and identifier in seen:
            twice.add(identifier)
            told = _("ID %(id)s används mer än en gång.", id=identifier[:200])
            context.tell("METS-ID", element, told, attribute="ID")
        elif identifier is not None:
            seen.add(identifier)
    for element in elements:
        for attribute in _IDREFS:
            for wanted in element.get(attribute, "").split():
                if wanted not in seen:
                    told = _("%(name)s hänvisar till %(id)s, som inte finns.", name=attribute, id=wanted[:200])
                    mend = _("Rätta hänvisningen eller ta bort den.")
                    context.tell("METS-IDREF", element, told, attribute=attribute, mend=mend)
    return twice


def references(mets: Mets) -> Iterator[Reference]:
    """Every mdRef and FLocat that has an href."""
    for link in mets.all(f".//m:mdRef[@{HREF}]"):
        yield Reference(link, link, *_FIXITY)
    for file in mets.all("m:fileSec//m:file"):
        for link in file.iterfind(f"m:FLocat[@{HREF}]", NS):
            yield Reference(link, file, *_FIXITY, is_file=True)


def check_names(files: PackageFiles, findings: Collector) -> None:
    """Folders of the package, and names of what is in Content."""
    for rule, folder in (("FGS12-CONTENT", "Content"), ("FGS12-SYSTEM", "System")):
        if folder not in files.folders:
            findings.add(rule, Place(folder), _("Mappen %(folder)s saknas.", folder=folder), asked(rule))
    for name in files.under("Content"):
        last = name.rsplit("/", 1)[-1]
        if not _NAME.fullmatch(last) and last.isprintable():
            told = _("Filnamnet %(name)s följer inte specifikationen.", name=last[:200])
            findings.add("FGS12-NAME", Place(name), told, asked("FGS12-NAME"))


def _file(context: Context, file: etree._Element, now: dt.datetime) -> None:
    check_mime(context, "FGS12-MIME", file)
    created = values.moment(file.get("CREATED", ""))
    if not file.get("CREATED"):
        context.missing("FGS12-FILE-CREATED", file, "CREATED")
    elif created is None or created > now + _CLOCK_SLACK:
        context.wrong("FGS12-FILE-CREATED", file, "CREATED")
    _checksum(context, file)
    if not file.get(f"{EXT}ORIGINALFILENAME", "").strip():
        context.missing("FGS12-ORIGINALNAME", file, f"{EXT}ORIGINALFILENAME")
    registry, key = file.get(f"{EXT}FORMATREGISTRY"), file.get(f"{EXT}FORMATREGISTRYKEY")
    if bool(registry) != bool(key):
        context.missing("FGS12-FORMAT", file, f"{EXT}FORMATREGISTRY" if key else f"{EXT}FORMATREGISTRYKEY")
    elif registry == "OTHER" and not file.get(f"{EXT}OTHERFORMATREGISTRY"):
        context.missing("FGS12-FORMAT", file, f"{EXT}OTHERFORMATREGISTRY")


def _checksum(context: Context, file: etree._Element) -> None:
    checksum, kind = file.get("CHECKSUM", "").strip(), file.get("CHECKSUMTYPE", "")
    if not checksum or not kind:
        context.missing("FGS12-CHECKSUM", file, "CHECKSUMTYPE" if checksum else "CHECKSUM")
    elif kind in CHECKSUM_ALGORITHMS and not values.is_digest(checksum, kind):
        context.wrong("FGS12-CHECKSUM-FORM", file, "CHECKSUM")
    elif kind in values.WEAK:
        context.wrong("FGS12-CHECKSUM-WEAK", file, "CHECKSUMTYPE")


def _link(context: Context, link: etree._Element) -> None:
    check_attributes(context, link, _LINK)
    href = link.get(HREF)
    if href is None:
        context.missing("FGS12-LINK", link, HREF)
    elif (
        href.strip() and "\\" not in href and not _HREF.fullmatch(href.strip())
    ):  # backslashes are told as FILE-HREF
        told = _("Sökvägen %(href)s i %(element)s är inte skriven så som specifikationen anger.",
                 href=href.strip()[:200], element=local_name(link))  # fmt: skip
        context.tell("FGS12-HREF", link, told, attribute=HREF)
