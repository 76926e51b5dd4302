"""The head of sip.xml: the package, its header, agents and agreements.

Source: FGS Paketstruktur 1.2.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Final

from lxml import etree

from diarium.archive.validation import legacy_values as values
from diarium.archive.validation.checks import Context
from diarium.archive.validation.mets import NS, has_text, local_name
from diarium.archive.validation.model import Severity
from diarium.i18n import gettext as _

EXT: Final = "{ExtensionMETS}"
PROFILE: Final = "http://xml.ra.se/e-arkiv/METS/CommonSpecificationSwedenPackageProfile.xml"
_LISTS: Final = (
    ("FGS12-ACCESS", "ACCESSRESTRICT", frozenset({"Secrecy", "PuL", "Secrecy and PuL", "GDPR"})),
    ("FGS12-AGREEMENTFORM", "AGREEMENTFORM", frozenset({"AGREEMENT", "DEPOSIT", "GIFT", "Not specified"})),
    ("FGS12-APPRAISAL", "APPRAISAL", frozenset({"Yes", "No"})),
)
_TOLD: Final = (
    ("FGS12-LABEL", "LABEL"),
    ("FGS12-SPECIFICATION", f"{EXT}CONTENTTYPESPECIFICATION"),
    ("FGS12-SYSTEMTYPE", f"{EXT}SYSTEMTYPE"),
    ("FGS12-ARCHIVALNAME", f"{EXT}ARCHIVALNAME"),
)
_KNOWN: Final = {
    "mets": frozenset(
        {
            "ACCESSRESTRICT",
            "AGREEMENTFORM",
            "APPRAISAL",
            "ARCHIVALNAME",
            "CONTENTTYPESPECIFICATION",
            "DATASUBMISSIONSESSION",
            "ENDDATE",
            "INFORMATIONCLASS",
            "PACKAGENUMBER",
            "STARTDATE",
            "SYSTEMTYPE",
        }
    ),
    "metsHdr": frozenset({"OAISSTATUS"}),
    "file": frozenset(
        {
            "ARCHIVALRECORDTYPE",
            "ARCHIVALREFERENCECODE",
            "FILEFORMATNAME",
            "FILEFORMATVERSION",
            "FORMATREGISTRY",
            "FORMATREGISTRYKEY",
            "ORIGINALFILENAME",
            "OTHERFORMATREGISTRY",
        }
    ),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK_SLACK: Final = dt.timedelta(days=1)


def check_head(context: Context, now: dt.datetime) -> None:
    """Everything of sip.xml before its files. `now` is aware."""
    root = context.mets.root
    _identity(context, root)
    for rule, attribute in _TOLD:
        if not root.get(attribute, "").strip():
            context.missing(rule, root, attribute)
    for rule, name, allowed in _LISTS:
        if root.get(EXT + name, next(iter(allowed))) not in allowed:
            context.wrong(rule, root, EXT + name)
    _period(context, root)
    header = context.mets.one("m:metsHdr")
    if header is None:
        context.tell("FGS12-HEADER", root, _("sip.xml saknar metsHdr."))
        return
    _dates(context, header, now)
    if not header.get("RECORDSTATUS"):
        context.missing("FGS12-STATUS", header, "RECORDSTATUS")
    elif header.get("RECORDSTATUS") not in values.STATUSES:
        context.wrong("FGS12-STATUS", header, "RECORDSTATUS", severity=Severity.ERROR)
    if not header.get(f"{EXT}OAISSTATUS"):
        context.missing("FGS12-OAIS", header, f"{EXT}OAISSTATUS")
    elif header.get(f"{EXT}OAISSTATUS") != "SIP":
        context.wrong("FGS12-OAIS", header, f"{EXT}OAISSTATUS")
    _agents(context, header)
    _agreements(context, header)


def check_extension_names(context: Context) -> None:
    """Attributes of the extension that it does not have, or not there: schemas let them pass."""
    for element in context.mets.root.iter(etree.Element):
        known = _KNOWN.get(local_name(element), frozenset())
        for name in element.attrib:
            if str(name).startswith(EXT) and str(name).removeprefix(EXT) not in known:
                told = _(
                    "%(element)s har attributet ext:%(name)s, som inte hör dit.",
                    element=local_name(element),
                    name=str(name).removeprefix(EXT)[:80],
                )
                context.tell("FGS12-EXTENSION", element, told, attribute=str(name))


def _identity(context: Context, root: etree._Element) -> None:
    if not context.mets.objid.strip():
        context.missing("FGS12-OBJID", root, "OBJID")
    elif not values.is_package_identity(context.mets.objid):
        context.wrong("FGS12-UUID", root, "OBJID")
    _one_of(context, root, "FGS12-TYPE", "TYPE", values.TYPES.__contains__)
    _one_of(context, root, "FGS12-PROFILE", "PROFILE", PROFILE.__eq__)


def _one_of(
    context: Context, element: etree._Element, rule: str, attribute: str, accepts: Callable[[str], bool]
) -> None:
    value = element.get(attribute, "")
    if not value.strip():
        context.missing(rule, element, attribute)
    elif not accepts(value):
        context.wrong(rule, element, attribute)


def _period(context: Context, root: etree._Element) -> None:
    days: list[dt.datetime] = []
    for name in ("STARTDATE", "ENDDATE"):
        text = root.get(EXT + name)
        if text is None:
            continue
        day = values.day_or_time(text) if _DAY.fullmatch(text.strip()) else None
        if day is None:
            context.wrong("FGS12-PERIOD", root, EXT + name)
        else:
            days.append(day)
    if days != sorted(days):
        told = _("Perioden slutar (ext:ENDDATE) innan den börjar (ext:STARTDATE).")
        context.tell("FGS12-PERIOD", root, told, attribute=f"{EXT}ENDDATE")


def _dates(context: Context, header: etree._Element, now: dt.datetime) -> None:
    created = values.moment(header.get("CREATEDATE", ""))
    if not header.get("CREATEDATE"):
        context.missing("FGS12-CREATED", header, "CREATEDATE")
    elif created is None or created > now + _CLOCK_SLACK:
        mend = _("Ange när paketet skapades, ett klockslag som har varit.")
        context.wrong("FGS12-CREATED", header, "CREATEDATE", mend=mend)
    changed = values.moment(header.get("LASTMODDATE", ""))
    too_early = changed is not None and created is not None and changed < created
    if header.get("LASTMODDATE") and (changed is None or changed > now + _CLOCK_SLACK or too_early):
        context.wrong("FGS12-MODIFIED", header, "LASTMODDATE")


def _agents(context: Context, header: etree._Element) -> None:
    found = header.findall("m:agent", NS)
    for agent in found:
        _agent(context, agent)
    archivist = _required(context, header, "FGS12-ARCHIVIST", _are(found, "ARCHIVIST", "ORGANIZATION"))
    if archivist is not None and not any(has_text(note) for note in archivist.findall("m:note", NS)):
        told = _("Arkivbildaren har ingen identitetskod.")
        context.tell("FGS12-ARCHIVIST-CODE", archivist, told)
    source = _required(context, header, "FGS12-SOURCE", _are(found, "ARCHIVIST", "OTHER"))
    if source is not None and not any(has_text(note) for note in source.findall("m:note", NS)):
        context.tell("FGS12-SOURCE-VERSION", source, _("Källsystemets version är inte angiven."))
    _required(context, header, "FGS12-CREATOR", _are(found, "CREATOR", "ORGANIZATION"))
    if not _are(found, "CREATOR", "INDIVIDUAL"):
        context.tell("FGS12-CONTACT", header, _("Ingen kontaktperson är angiven."))


def _are(agents: list[etree._Element], role: str, kind: str) -> list[etree._Element]:
    return [agent for agent in agents if agent.get("ROLE") == role and agent.get("TYPE") == kind]


def _required(
    context: Context, header: etree._Element, rule: str, agents: list[etree._Element]
) -> etree._Element | None:
    """The first agent of that kind that has a name; a finding if there is none."""
    named = [agent for agent in agents if has_text(agent.find("m:name", NS))]
    if not named:
        context.tell(
            rule, agents[0] if agents else header, _("En obligatorisk agent saknas eller har inget namn.")
        )
    return named[0] if named else None


def _agent(context: Context, agent: etree._Element) -> None:
    if not has_text(agent.find("m:name", NS)):
        context.tell("FGS12-AGENT", agent, _("Agenten %(role)s har inget namn.", role=agent.get("ROLE", "")[:40]))
    for rule, attribute, other in (
        ("FGS12-OTHERROLE", "ROLE", "OTHERROLE"),
        ("FGS12-OTHERTYPE", "TYPE", "OTHERTYPE"),
    ):
        is_other = agent.get(attribute) == "OTHER"
        if is_other and not agent.get(other):
            context.missing(rule, agent, other)
        elif not is_other and agent.get(other):
            context.wrong(rule, agent, other)
    if agent.get("TYPE") != "ORGANIZATION":
        return
    for note in agent.findall("m:note", NS):
        if has_text(note) and not values.is_identity_code(note.text or ""):
            told = _("”%(code)s” är ingen giltig identitetskod.", code=(note.text or "").strip()[:80])
            context.tell("FGS12-AGENT-CODE", note, told)


def _agreements(context: Context, header: etree._Element) -> None:
    found = header.findall("m:altRecordID", NS)
    for item in found:
        if not has_text(item):
            context.tell("FGS12-RECORDID", item, _("altRecordID är tomt."))
        elif not item.get("TYPE"):
            context.missing("FGS12-RECORDID", item, "TYPE")
    current = [item for item in found if item.get("TYPE") == "SUBMISSIONAGREEMENT"]
    if not any(has_text(item) for item in current):
        told = _("Leveransöverenskommelsen är inte angiven.")
        context.tell("FGS12-AGREEMENT", current[0] if current else header, told)
    elif len(current) > 1:
        told = _("Paketet har %(number)d gällande överenskommelser.", number=len(current))
        context.tell("FGS12-AGREEMENT-FIRST", current[1], told)
    elif found[0] is not current[0]:
        context.tell("FGS12-AGREEMENT-FIRST", current[0], _("Överenskommelsen står inte först bland altRecordID."))
    document = header.find("m:metsDocumentID", NS)
    if document is not None and (document.text or "").strip() != "sip.xml":
        told = _("metsDocumentID är ”%(name)s”.", name=(document.text or "").strip()[:80])
        context.tell("FGS12-DOCUMENTID", document, told)
