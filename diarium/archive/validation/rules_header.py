"""Root element, header and the agent that made the package.

Source: CSIP 2.1.0, CSIP1–CSIP16 and CSIP117.
"""

from __future__ import annotations

import datetime as dt
import re
import urllib.parse

from lxml import etree

from diarium.archive.validation.checks import Context
from diarium.archive.validation.mets import CSIP, NS, has_text
from diarium.archive.validation.model import Severity
from diarium.archive.validation.versions import CsipVersion
from diarium.archive.validation.vocabularies import (
    CONTENT_INFORMATION_TYPES,
    PACKAGE_TYPES,
    is_content_category,
)
from diarium.i18n import gettext as _

CONTENT_TYPE = f"{{{CSIP}}}CONTENTINFORMATIONTYPE"
OTHER_CONTENT_TYPE = f"{{{CSIP}}}OTHERCONTENTINFORMATIONTYPE"
PACKAGE_TYPE = f"{{{CSIP}}}OAISPACKAGETYPE"
OTHER_TYPE = f"{{{CSIP}}}OTHERTYPE"
NOTE_TYPE = f"{{{CSIP}}}NOTETYPE"
_URL = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_CLOCK_SLACK = dt.timedelta(days=1)


def check_header(context: Context, folder_name: str, now: dt.datetime) -> None:
    """`folder_name`: of the package, or of the representation whose METS it is. `now` is aware."""
    root = context.mets.root
    _identity(context, root, folder_name)
    _category(context, root)
    _content_type(context, root)
    if not _URL.fullmatch(root.get("PROFILE", "")):
        if root.get("PROFILE"):
            context.wrong("CSIP6", root, "PROFILE")
        else:
            context.missing("CSIP6", root, "PROFILE")
    header = context.mets.one("m:metsHdr")
    if header is None:
        context.tell("CSIP117", root, _("METS saknar metsHdr."))
        return
    _dates(context, header, now)
    package_type = header.get(PACKAGE_TYPE)
    if not package_type:
        context.missing("CSIP9", header, PACKAGE_TYPE)
    elif package_type not in PACKAGE_TYPES:
        context.wrong("CSIP9", header, PACKAGE_TYPE)
    _software(context, header)


def software_agent_of(agents: list[etree._Element]) -> etree._Element | None:
    """The agent meant to describe the software: the one that looks most like it, first if several do."""
    return max(agents, key=_likeness, default=None)


def _identity(context: Context, root: etree._Element, folder_name: str) -> None:
    if not context.mets.objid.strip():
        context.missing("CSIP1", root, "OBJID")
    elif context.mets.objid != folder_name and not _is_mapped(context, folder_name):
        told = _(
            "OBJID är %(objid)s men mappen heter %(folder)s.", objid=context.mets.objid[:200], folder=folder_name
        )
        context.tell("CSIP1", root, told, attribute="OBJID", severity=Severity.WARNING)


def _is_mapped(context: Context, folder_name: str) -> bool:
    """Whether the folder has the name that OBJID gets where a file system cannot hold it (since 2.2.0)."""
    return context.version is not CsipVersion.V2_1 and is_mapped_name(context.mets.objid, folder_name)


def is_mapped_name(objid: str, folder_name: str) -> bool:
    """Whether `folder_name` is `objid` with what folder names cannot hold left out, replaced or encoded."""
    if _UNSAFE.search(objid) is None:
        return False
    bare = _UNSAFE.sub("", objid)
    return bare in (_UNSAFE.sub("", folder_name), _UNSAFE.sub("", urllib.parse.unquote(folder_name)))


def _category(context: Context, root: etree._Element) -> None:
    kind = root.get("TYPE")
    if not kind:
        context.missing("CSIP2", root, "TYPE")
    elif not is_content_category(kind):
        context.wrong("CSIP2", root, "TYPE")
    elif kind in ("OTHER", "Other"):
        other = (root.get(OTHER_TYPE) or "").strip()
        if not other:
            told = _("TYPE är %(kind)s, men csip:OTHERTYPE säger inte vilken kategori det är.", kind=kind)
            context.tell("CSIP2", root, told, attribute="TYPE")
            context.missing("CSIP3", root, OTHER_TYPE)
        elif is_content_category(other) and other not in ("OTHER", "Other"):
            context.wrong(
                "CSIP3", root, OTHER_TYPE, mend=_("Skriv kategorin i TYPE, eftersom den finns i listan.")
            )


def _content_type(context: Context, root: etree._Element) -> None:
    kind = root.get(CONTENT_TYPE)
    if kind is None:
        severity = Severity.WARNING if context.mets.is_package_level else Severity.ERROR
        context.missing("CSIP4", root, CONTENT_TYPE, severity=severity)
    elif kind not in CONTENT_INFORMATION_TYPES:
        context.wrong("CSIP4", root, CONTENT_TYPE, severity=Severity.ERROR)
    elif kind == "OTHER" and not (root.get(OTHER_CONTENT_TYPE) or "").strip():
        told = _("CONTENTINFORMATIONTYPE är OTHER, men det framgår inte vilken specifikation som gäller.")
        context.tell("CSIP4", root, told, attribute=CONTENT_TYPE, severity=Severity.ERROR)
        context.missing("CSIP5", root, OTHER_CONTENT_TYPE, severity=Severity.WARNING)


def _dates(context: Context, header: etree._Element, now: dt.datetime) -> None:
    created, changed = (_moment(header.get(name)) for name in ("CREATEDATE", "LASTMODDATE"))
    if not header.get("CREATEDATE"):
        context.missing("CSIP7", header, "CREATEDATE")
    elif created is None or created > now + _CLOCK_SLACK:
        mend = _("Ange när paketet skapades, ett klockslag som har varit.")
        context.wrong("CSIP7", header, "CREATEDATE", mend=mend)
    if not header.get("LASTMODDATE"):
        context.missing("CSIP8", header, "LASTMODDATE")
    elif changed is None or changed > now + _CLOCK_SLACK or (created is not None and changed < created):
        mend = _("Ange när paketet senast ändrades: inte före CREATEDATE och inte i framtiden.")
        context.wrong("CSIP8", header, "LASTMODDATE", mend=mend, severity=Severity.ERROR)


def _software(context: Context, header: etree._Element) -> None:
    agent = software_agent_of(header.findall("m:agent", NS))
    if agent is None:
        context.tell("CSIP10", header, _("metsHdr saknar agent."))
        return
    for rule, attribute, wanted in (
        ("CSIP11", "ROLE", "CREATOR"),
        ("CSIP12", "TYPE", "OTHER"),
        ("CSIP13", "OTHERTYPE", "SOFTWARE"),
    ):
        if not agent.get(attribute):
            context.missing(rule, agent, attribute)
        elif agent.get(attribute) != wanted:
            context.wrong(rule, agent, attribute)
    if not has_text(agent.find("m:name", NS)):
        context.tell("CSIP14", agent, _("Agenten för programmet saknar namn."))
    notes = agent.findall("m:note", NS)
    if not any(has_text(note) for note in notes):
        context.tell("CSIP15", agent, _("Agenten för programmet saknar note med programmets version."))
    if notes and not any(note.get(NOTE_TYPE) == "SOFTWARE VERSION" for note in notes):
        told = _("Ingen note hos programmets agent har NOTETYPE SOFTWARE VERSION.")
        context.tell("CSIP16", notes[0], told, attribute=NOTE_TYPE)


def _likeness(agent: etree._Element) -> int:
    versioned = any(note.get(NOTE_TYPE) == "SOFTWARE VERSION" for note in agent.findall("m:note", NS))
    return (
        3 * (agent.get("ROLE") == "CREATOR")
        + 2 * (agent.get("TYPE") == "OTHER")
        + 2 * (agent.get("OTHERTYPE") == "SOFTWARE")
        + 2 * versioned
    )


def _moment(value: str | None) -> dt.datetime | None:
    """An xs:dateTime as an aware time; without zone it is taken as UTC."""
    try:
        moment = dt.datetime.fromisoformat((value or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)
