"""What a SIP asks beyond CSIP: profile, status, agreements, agents and file formats.

Source: E-ARK SIP 2.1.0 and 2.2.0, SIP1–SIP35. What is optional and absent is an INFO; what is there must be full.
Which agent is meant by SIP9–SIP31 follows from ROLE and TYPE, as in Riksarkivet's application: ARCHIVIST is the
archival creator, CREATOR of type ORGANIZATION the submitting body, CREATOR of type INDIVIDUAL the contact person.
An agent that means to be one of these, but says so otherwise, is told by the rule on its role or type.
"""

from __future__ import annotations

from lxml import etree

from diarium.archive.validation.checks import Context
from diarium.archive.validation.mets import NS, SIP, has_text
from diarium.archive.validation.model import Level, Severity
from diarium.archive.validation.rules_header import NOTE_TYPE, PACKAGE_TYPE, software_agent_of
from diarium.archive.validation.versions import SIP_PROFILES
from diarium.archive.validation.vocabularies import RECORD_STATUSES
from diarium.i18n import gettext as _

# rule, TYPE of altRecordID, may be repeated
_RECORD_IDS = (
    ("SIP5", "SUBMISSIONAGREEMENT", False),
    ("SIP6", "PREVIOUSSUBMISSIONAGREEMENT", True),
    ("SIP7", "REFERENCECODE", False),
    ("SIP8", "PREVIOUSREFERENCECODE", True),
)
# the XSD spells the last two otherwise than the profile: either name counts
_FORMAT = (
    ("SIP32", ("FILEFORMATNAME",)),
    ("SIP33", ("FILEFORMATVERSION",)),
    ("SIP34", ("FILEFORMATREGISTRY", "FORMATREGISTRY")),
    ("SIP35", ("FILEFORMATKEY", "FORMATREGISTRYKEY")),
)

# what stands in OTHERROLE, as letters only, to the rule on the role that it should be
_ROLES = {
    "ARCHIVIST": "SIP10",
    "ARCHIVALCREATOR": "SIP10",
    "CREATOR": "SIP16",
    "SUBMITTER": "SIP16",
    "SUBMITTINGAGENT": "SIP16",
    "CONTACT": "SIP22",
    "CONTACTPERSON": "SIP22",
    "PRESERVATION": "SIP27",
    "PRESERVER": "SIP27",
}
_PEOPLE = frozenset({"INDIVIDUAL", "PERSON", "CONTACTPERSON", "CONTACT"})


def check_sip(context: Context) -> None:
    root = context.mets.root
    if not (root.get("LABEL") or "").strip():
        empty = root.get("LABEL") is not None
        context.missing("SIP1", root, "LABEL", severity=Severity.WARNING if empty else None)
    if not root.get("PROFILE"):
        context.missing("SIP2", root, "PROFILE")
    elif root.get("PROFILE") != SIP_PROFILES[context.version]:
        wanted = SIP_PROFILES[context.version]
        context.wrong("SIP2", root, "PROFILE", mend=_("Ange profilen %(profile)s.", profile=wanted))
    header = context.mets.one("m:metsHdr")
    if header is not None:
        _header(context, header)
    _formats(context)


def _header(context: Context, header: etree._Element) -> None:
    status = header.get("RECORDSTATUS")
    if status is None:
        context.missing("SIP3", header, "RECORDSTATUS")
    elif status not in RECORD_STATUSES:
        context.wrong("SIP3", header, "RECORDSTATUS", severity=Severity.ERROR)
    if not header.get(PACKAGE_TYPE):
        context.missing("SIP4", header, PACKAGE_TYPE)
    elif header.get(PACKAGE_TYPE) != "SIP":
        context.wrong("SIP4", header, PACKAGE_TYPE)
    for rule, kind, repeated in _RECORD_IDS:
        _record_id(context, header, rule, kind, repeated)
    agents = header.findall("m:agent", NS)
    archivists = [agent for agent in agents if agent.get("ROLE") == "ARCHIVIST"]
    creators = [agent for agent in agents if agent.get("ROLE") == "CREATOR"]
    bodies = [agent for agent in creators if agent.get("TYPE") == "ORGANIZATION"]
    people = [agent for agent in creators if agent.get("TYPE") == "INDIVIDUAL"]
    keepers = [agent for agent in agents if agent.get("ROLE") == "PRESERVATION"]
    # a package without ARCHIVIST may name the archival creator as one more CREATOR
    if not archivists and len(bodies) < 2:
        context.tell("SIP9", header, _("Arkivbildaren anges inte som agent."))
    if not bodies and not people:
        context.tell("SIP15", header, _("Ingen agent anger vem som levererar paketet."))
    if not people:
        context.tell("SIP21", header, _("Ingen kontaktperson anges."))
    if not keepers:
        context.tell("SIP26", header, _("Arkivmyndigheten anges inte som agent."))
    _misnamed(context, agents)
    for agent in archivists:
        _typed(context, agent, "SIP11", ("ORGANIZATION", "INDIVIDUAL"))
        _named_and_coded(context, agent, "SIP12", "SIP13", "SIP14")
    for agent in bodies:
        _named_and_coded(context, agent, "SIP18", "SIP19", "SIP20")
    for agent in people:
        if not has_text(agent.find("m:name", NS)):
            context.tell("SIP24", agent, _("Kontaktpersonen saknar namn."))
        if agent.find("m:note", NS) is None:
            context.tell("SIP25", agent, _("Kontaktpersonen saknar kontaktuppgifter."))
    for agent in keepers:
        _typed(context, agent, "SIP28", ("ORGANIZATION",))
        _named_and_coded(context, agent, "SIP29", "SIP30", "SIP31")


def _misnamed(context: Context, agents: list[etree._Element]) -> None:
    """Agents whose role or type stands in the attribute for what is not in the list."""
    software = software_agent_of(agents)
    for agent in agents:
        if agent is software:
            continue
        if agent.get("ROLE") == "OTHER" and _plain(agent.get("OTHERROLE")) in _ROLES:
            context.wrong(_ROLES[_plain(agent.get("OTHERROLE"))], agent, "OTHERROLE")
        if agent.get("ROLE") == "CREATOR" and agent.get("TYPE") not in ("ORGANIZATION", "INDIVIDUAL"):
            other = _plain(agent.get("OTHERTYPE"))
            if other != "SOFTWARE":
                context.wrong("SIP23" if other in _PEOPLE else "SIP17", agent, "TYPE")


def _plain(value: str | None) -> str:
    return "".join(char for char in (value or "").upper() if char.isalpha())


def _record_id(context: Context, header: etree._Element, rule: str, kind: str, repeated: bool) -> None:
    found = header.findall(f"m:altRecordID[@TYPE='{kind}']", NS)
    if not found:
        context.tell(rule, header, _("altRecordID med TYPE %(kind)s saknas.", kind=kind))
    for element in found:
        if not has_text(element):
            told = _("altRecordID med TYPE %(kind)s är tom.", kind=kind)
            context.tell(rule, element, told, severity=Severity.WARNING)
    if len(found) > 1 and not repeated:
        told = _("altRecordID med TYPE %(kind)s finns fler än en gång.", kind=kind)
        context.tell(rule, found[1], told, severity=Severity.WARNING, mend=_("Behåll ett av dem."))


def _typed(context: Context, agent: etree._Element, rule: str, types: tuple[str, ...]) -> None:
    if agent.get("TYPE") not in types:
        if agent.get("TYPE"):
            context.wrong(rule, agent, "TYPE")
        else:
            context.missing(rule, agent, "TYPE")


def _named_and_coded(context: Context, agent: etree._Element, name: str, code: str, code_type: str) -> None:
    if not has_text(agent.find("m:name", NS)):
        optional = context.findings.level_of(name) is Level.MAY
        context.tell(name, agent, _("Agenten saknar namn."), severity=Severity.WARNING if optional else None)
    notes = agent.findall("m:note", NS)
    if not notes:
        context.tell(code, agent, _("Agenten saknar note med identitetskod."))
    elif not any(note.get(NOTE_TYPE) == "IDENTIFICATIONCODE" for note in notes):
        told = _("Ingen note hos agenten har NOTETYPE IDENTIFICATIONCODE.")
        context.tell(code_type, notes[0], told, attribute=NOTE_TYPE)


def _formats(context: Context) -> None:
    """Absence is told once, when no file at all says it; an empty value for each file."""
    seen = dict.fromkeys((rule for rule, _names in _FORMAT), False)
    section = context.mets.one("m:fileSec")
    if section is None:
        return
    for file in section.iterfind(".//m:file", NS):
        values = {rule: _value(file, names) for rule, names in _FORMAT}
        for rule, (attribute, value) in values.items():
            seen[rule] = seen[rule] or value is not None
            if value is not None and not value.strip():
                context.missing(rule, file, attribute, severity=Severity.WARNING)
        _pair(context, file, values)
    for rule, names in _FORMAT:
        if not seen[rule]:
            told = _("Ingen fil har sip:%(attribute)s.", attribute=names[0])
            context.tell(rule, section, told)


def _pair(context: Context, file: etree._Element, values: dict[str, tuple[str, str | None]]) -> None:
    for rule, other in (("SIP34", "SIP35"), ("SIP35", "SIP34")):
        attribute, value = values[rule]
        if value is None and values[other][1]:
            context.missing(rule, file, attribute, severity=Severity.WARNING)


def _value(file: etree._Element, names: tuple[str, ...]) -> tuple[str, str | None]:
    for name in names:
        attribute = f"{{{SIP}}}{name}"
        if attribute in file.attrib:
            return attribute, file.get(attribute)
    return f"{{{SIP}}}{names[0]}", None
