"""Which fact of the register goes where in a package: the one table behind docs/fgs-mapping.md and its test.

Paths are XPaths from the root of ERMS.xml, without namespace prefixes.
Written anew by `python -m diarium.archive.mapping`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_CASE = "aggregations/aggregation"
_RECORD = f"{_CASE}/record"
_OWN = "additionalInformation/ownElement/ownElement"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one fact stands. `fact`: field of the package model; `erms`: XPath; `also`: its other places."""

    fact: str
    erms: str
    also: str = ""


def _own(base: str, name: str) -> str:
    return f"{base}/{_OWN}[@name='{name}']/value" if base else f"{_OWN}[@name='{name}']/value"


def _owns(base: str, *names: str) -> Iterator[Place]:
    return (Place(name, _own(base, name)) for name in names)


_AGENT = f"{_RECORD}/agents/agent"
_LINES = f"{_AGENT}/addressContactInformation"
_PARTY_OWN = f"{_AGENT}/agentExtendingInformation/agentExtendingXMLInformation/ownElement/ownElement"
_MARK = f"{_CASE}/restriction"
_SCHEMA = "control/classificationSchema"
_WATCHED = f"{_CASE}/action[actionType='bevakning']"
_DECIDED = f"{_CASE}/action[actionType='delegationsbeslut']"

MAPPING: Final[Mapping[str, tuple[Place, ...]]] = {
    "PackageInfo": (
        Place(
            "uid", "control/identification[@identificationType='UUID']", "mets/@OBJID (end); additionalPackageInfo"
        ),
        Place("authority", "control/maintenanceInformation/maintenanceAgency/agencyName", "METS agent ARCHIVIST"),
        Place("period_from", "control/dates/date[@dateType='start']", "mets/@LABEL"),
        Place("period_to", "control/dates/date[@dateType='end']", "mets/@LABEL"),
        Place(
            "created_at",
            "control/maintenanceInformation/maintenanceHistory/maintenanceEvent/eventDateTime",
            "metsHdr/@CREATEDATE; PREMIS event export",
        ),
        Place(
            "requested_by",
            "control/maintenanceInformation/maintenanceHistory/maintenanceEvent/agent/name",
            "METS agent CREATOR/INDIVIDUAL",
        ),
        Place("software", "control/systemInformation/agents/agent/name", "METS agents SOFTWARE; PREMIS agent"),
        Place("series", _own("", "number_format")),
        Place("units", _own("", "name")),
        Place("schemes", f"{_SCHEMA}/textualDescriptionOfClassificationSchema/p"),
        Place(
            "delivery",
            "control/maintenanceInformation/maintenanceHistory/maintenanceEvent/agent/organisation",
            "METS agents CREATOR, PRESERVATION; altRecordID; metsHdr/@RECORDSTATUS",
        ),
    ),
    "PackageAuthority": (
        Place("uid", _own("", "uid")),
        Place("code", "control/maintenanceInformation/maintenanceAgency/otherAgencyCode"),
        Place("name", "control/maintenanceInformation/maintenanceAgency/agencyName", "METS agent ARCHIVIST"),
        Place(
            "organisation_number",
            "control/maintenanceInformation/maintenanceAgency/agencyCode",
            "METS agent note IDENTIFICATIONCODE",
        ),
        *_owns("", "email", "phone", "postal_address", "active_from", "active_to"),
    ),
    "PackageSeries": (
        *_owns("", "uid", "code", "name", "number_format", "restarts_yearly", "is_restricted", "is_active"),
        *_owns("", "opens_on", "closes_on"),
    ),
    "PackageUnit": (
        Place("uid", _own("", "uid")),
        Place("name", f"{_CASE}/agents/agent/unitName"),
        Place("is_active", _own("", "is_active")),
    ),
    "PackageScheme": (
        *_owns(_SCHEMA, "uid", "name", "version", "valid_from", "valid_to"),
        Place("classes", _own(_SCHEMA, "code")),
    ),
    "PackageClass": (
        Place("uid", f"{_CASE}/classification/@classificationId"),
        Place("code", f"{_CASE}/classification/@classificationCode", "@fullyQualifiedClassificationCode"),
        Place("title", f"{_CASE}/classification"),
        *_owns(_SCHEMA, "description", "publishing", "parent_code"),
        Place("disposal", f"{_CASE}/disposal/@disposable", "additionalPackageInfo disposal"),
        Place("record_types", _own(_SCHEMA, "record_type")),
        Place("scheme_uid", _own(_SCHEMA, "scheme")),
    ),
    "PackageDisposal": (
        Place("uid", _own(_SCHEMA, "retention_rule")),
        Place("retention", f"{_CASE}/disposal/disposalAction"),
        Place(
            "years", f"{_CASE}/disposal/disposalPeriod", "disposal/dates/disposalDate: the period's start and end"
        ),
        Place("event", f"{_CASE}/disposal/disposalDescription"),
        Place("basis", f"{_CASE}/disposal/disposalMandate"),
    ),
    "PackageUser": (
        Place("uid", _own(_CASE, "responsible")),
        Place("username", f"{_CASE}/agents/agent/idNumber[@idNumberType='användarnamn']"),
        Place(
            "name", f"{_CASE}/agents/agent[@agentType='responsible_person']/name", "agentType creator: registrar"
        ),
        Place("email", f"{_CASE}/agents/agent/addressContactInformation/contactLine[@contactType='email']"),
    ),
    "PackageParty": (
        Place("uid", f"{_PARTY_OWN}[@name='uid']/value"),
        Place("role", f"{_AGENT}/@agentType", "other + otherAgentType: part, ombud"),
        Place("kind", f"{_PARTY_OWN}[@name='kind']/value"),
        Place("name", f"{_AGENT}/name"),
        Place("identity_number", f"{_AGENT}/idNumber", "@idNumberType: personnummer, organisationsnummer"),
        Place("organisation", f"{_AGENT}/organisation"),
        Place("address", f"{_LINES}/addressLine[@adressType='postal_address']"),
        Place("postal_code", f"{_LINES}/addressLine[@adressType='postal_code']"),
        Place("city", f"{_LINES}/addressLine[@adressType='postal_city']"),
        Place("country", f"{_LINES}/addressLine[@adressType='country']"),
        Place("email", f"{_LINES}/contactLine[@contactType='email']"),
        Place("phone", f"{_LINES}/contactLine[@contactType='phonenumber']"),
        Place("is_protected", f"{_AGENT}/protectedIdentity", "additionalPackageInfo accessRestrict"),
    ),
    "PackageRestriction": (
        Place("uid", _own(_CASE, "uid")),
        Place("scope", f"{_MARK}/explanatoryText", "ownElement scope"),
        Place("document_uid", _own(_RECORD, "document")),
        Place("citation", f"{_MARK}/regulation", "additionalPackageInfo accessRestrictDesc of each file"),
        Place("subject", _own(_CASE, "subject")),
        Place("max_years", f"{_MARK}/duration/calculatedDuration"),
        Place("made_on", f"{_MARK}/dates/date[@dateType='confidentiality_assessed']"),
        Place("made_at", f"{_MARK}/dates/date[@dateType='created']"),
        Place("authority_code", _own(_CASE, "authority")),
        Place("made_by", _own(_CASE, "made_by_username")),
        Place("made_by_name", _own(_CASE, "made_by")),
        Place("note", f"{_MARK}/explanatoryText"),
        Place("review_on", f"{_MARK}/dates/date[@otherDateType='omprövas']"),
        Place("lifted_at", f"{_MARK}/dates/date[@dateType='end']"),
        Place("lifted_by_name", _own(_CASE, "lifted_by")),
        Place("lift_reason", _own(_CASE, "lift_reason")),
    ),
    "PackageRelation": (
        Place("kind", f"{_CASE}/relation/@relationType", "own_relation_definition: fortsätter, fortsätts av"),
        Place("is_outgoing", _own(_CASE, "is_outgoing")),
        Place("other_uid", _own(_CASE, "case")),
        Place("other_number", f"{_CASE}/relation"),
        Place("other_authority", _own(_CASE, "authority")),
    ),
    "PackageCase": (
        Place("uid", f"{_CASE}/@systemIdentifier"),
        Place("number_text", f"{_CASE}/objectId"),
        *_owns(_CASE, "year", "number"),
        Place("series_code", _own(_CASE, "series")),
        Place("foreign_number", f"{_CASE}/extraId[@extraIdType='foreign_number']"),
        Place("title", f"{_CASE}/title"),
        Place("public_title", f"{_CASE}/otherTitle[@titleType='public_title']"),
        Place("case_type", f"{_CASE}/keywords/keyword"),
        Place("status", f"{_CASE}/status/@value", "ownElement status"),
        Place("initiative", _own(_CASE, "initiative")),
        Place("opened_on", f"{_CASE}/dates/date[@dateType='opened']"),
        Place("decided_on", f"{_CASE}/dates/date[@dateType='decision']"),
        Place("closed_on", f"{_CASE}/dates/date[@dateType='closed']"),
        Place("closing_reason", f"{_CASE}/notes/note[@noteType='avslutat']"),
        Place("cancel_reason", f"{_CASE}/notes/note[@noteType='makulerat']"),
        Place("responsible", f"{_CASE}/agents/agent[@agentType='responsible_person']/name"),
        Place("unit", f"{_CASE}/agents/agent[@agentType='responsible_person']/unitName"),
        Place("classification", f"{_CASE}/classification"),
        Place("physical_location", f"{_CASE}/physicalLocations/physicalLocation/currentLocation"),
        Place("note", f"{_CASE}/notes/note[@noteType='anteckning']"),
        *_owns(_CASE, "record_count"),
        Place("registered_at", f"{_CASE}/dates/date[@dateType='captured']"),
        Place("registered_by", f"{_CASE}/agents/agent[@agentType='creator']/name"),
        *_owns(_CASE, "version"),
        Place("parties", f"{_CASE}/agents/agent[@agentType='counterpart']/name"),
        Place("restrictions", f"{_CASE}/restriction/regulation"),
        Place("relations", f"{_CASE}/relation"),
        Place("notes", f"{_CASE}/notes/note[@noteType='tjänsteanteckning']"),
        Place("deadlines", f"{_WATCHED}/actionText"),
        Place("decisions", f"{_DECIDED}/actionText"),
        Place("records", f"{_CASE}/record/@systemIdentifier"),
    ),
    "PackageRecord": (
        Place("uid", f"{_RECORD}/@systemIdentifier"),
        Place("number_text", f"{_RECORD}/objectId"),
        Place("running_number", f"{_RECORD}/runningNumber"),
        Place("direction", f"{_RECORD}/direction/@directionDefinition", "drawn up: other, upprättad"),
        Place("title", f"{_RECORD}/title"),
        Place("public_title", f"{_RECORD}/otherTitle[@titleType='public_title']"),
        Place("record_type", f"{_RECORD}/@recordType"),
        Place(
            "official_on", f"{_RECORD}/dates/date[@dateType='received']", "outgoing: expedited; drawn up: prepared"
        ),
        Place("received_at", f"{_RECORD}/dates/date[@otherDateType='mottagen']"),
        Place("document_date", f"{_RECORD}/dates/date[@dateType='originated']"),
        Place("medium", f"{_RECORD}/@recordPhysicalOrDigital"),
        Place("physical_location", f"{_RECORD}/physicalLocations/physicalLocation/currentLocation"),
        Place("status", f"{_RECORD}/status/@value", "cancelled: obliterated"),
        Place("cancel_reason", f"{_RECORD}/notes/note[@noteType='makulerad']"),
        Place("moved_to", f"{_RECORD}/relation[@relationType='moved']"),
        Place("note", f"{_RECORD}/notes/note[@noteType='anteckning']"),
        Place("registered_at", f"{_RECORD}/dates/date[@dateType='captured']"),
        Place("registered_by", f"{_RECORD}/agents/agent[@agentType='creator']/name"),
        *_owns(_RECORD, "version"),
        Place("parties", f"{_AGENT}/name"),
        Place("restrictions", f"{_RECORD}/restriction/regulation"),
        Place("documents", f"{_RECORD}/additionalInformation/appendix/@path", "METS file; PREMIS object"),
    ),
    "PackageRecordReference": (
        Place("uid", _own(_RECORD, "moved_to"), "ownElement record of a deadline or decision"),
        Place(
            "number_text",
            f"{_RECORD}/relation[@relationType='moved']",
            "ownElement record_number of a deadline or decision",
        ),
    ),
    "PackageNote": (
        Place("uid", _own(_CASE, "uid")),
        Place("body", f"{_CASE}/notes/note[@noteType='tjänsteanteckning']"),
        Place("made_at", f"{_CASE}/notes/note[@noteType='tjänsteanteckning']/@noteDate"),
        Place("made_by", _own(_CASE, "made_by_username")),
        Place("made_by_name", _own(_CASE, "made_by")),
        Place("corrects", _own(_CASE, "corrects")),
    ),
    "PackageDeadline": (
        Place("uid", _own(_CASE, "uid")),
        Place("kind", _own(_CASE, "deadline_kind")),
        Place("due_on", f"{_WATCHED}/dates/actionDate[@otherDateType='bevakningsdag']"),
        Place("text", f"{_WATCHED}/actionText"),
        Place("responsible", f"{_WATCHED}/agents/agent[@agentType='responsible_person']/name"),
        Place("unit", f"{_WATCHED}/agents/agent[@agentType='responsible_person']/unitName"),
        Place("record", _own(_CASE, "record")),
        Place("state", _own(_CASE, "deadline_state"), "actionType: bevakning, öppen; bevakning, avbruten"),
        Place("outcome", _own(_CASE, "outcome")),
        Place("made_at", f"{_WATCHED}/dates/actionDate[@dateType='created']"),
        Place("made_by_name", f"{_WATCHED}/agents/agent[@agentType='creator']/name"),
        Place("settled_at", f"{_WATCHED}/dates/actionDate[@dateType='finished']", "cancelled: end"),
        Place("settled_by_name", f"{_WATCHED}/agents/agent[@otherAgentType='avslutad av']/name"),
        *_owns(_CASE, "version"),
    ),
    "PackageDecision": (
        Place("uid", _own(_CASE, "uid")),
        Place("kind", f"{_CASE}/action/actionType", "nämndbeslut, delegationsbeslut; ownElement decision_kind"),
        Place("decided_on", f"{_DECIDED}/dates/actionDate[@dateType='decision']"),
        Place("body", f"{_DECIDED}/agents/agent[@agentType='authorising_person']/name"),
        *_owns(_CASE, "paragraph"),
        Place("delegation_point", f"{_DECIDED}/actionDue"),
        Place("outcome", f"{_DECIDED}/actionText"),
        *_owns(_CASE, "is_final", "record"),
        Place("state", _own(_CASE, "decision_state"), "actionType of a cancelled one: …, makulerat"),
        *_owns(_CASE, "cancel_reason"),
        Place("registered_at", f"{_DECIDED}/dates/actionDate[@dateType='captured']"),
        Place("registered_by", _own(_CASE, "registered_by_username")),
        Place("registered_by_name", f"{_DECIDED}/agents/agent[@agentType='creator']/name"),
        *_owns(_CASE, "version"),
    ),
    "PackageDocument": (
        Place("uid", _own(_RECORD, "uid"), "PREMIS objectIdentifier"),
        Place("position", _own(_RECORD, "position")),
        Place(
            "file_name", f"{_RECORD}/additionalInformation/appendix/@name", "METS @OWNERID; PREMIS originalName"
        ),
        Place("description", f"{_RECORD}/additionalInformation/appendix/@description"),
        Place("sha256", _own(_RECORD, "sha256"), "METS @CHECKSUM; PREMIS fixity"),
        Place("size", _own(_RECORD, "size"), "METS @SIZE; PREMIS size"),
        Place("stored_at", _own(_RECORD, "stored_at")),
        Place("mime", _own(_RECORD, "mime"), "METS @MIMETYPE"),
        Place("puid", _own(_RECORD, "puid"), "METS sip:FORMATREGISTRYKEY; PREMIS formatRegistryKey"),
        Place(
            "format_name",
            f"{_RECORD}/additionalInformation/appendix/@fileFormat",
            "METS sip:FILEFORMATNAME; PREMIS formatName",
        ),
        Place(
            "format_version", _own(_RECORD, "format_version"), "METS sip:FILEFORMATVERSION; PREMIS formatVersion"
        ),
        Place("warnings", _own(_RECORD, "warning")),
        *_owns(_RECORD, "examined_at", "is_released"),
        Place("added_at", _own(_RECORD, "added_at"), "METS @CREATED; PREMIS event ingestion"),
        Place("added_by", _own(_RECORD, "added_by_name"), "PREMIS event ingestion"),
    ),
}


def as_markdown() -> str:
    """The table as it stands in docs/fgs-mapping.md."""
    parts = [_HEAD]
    for owner, places in MAPPING.items():
        rows = [f"| `{place.fact}` | `{place.erms}` | {place.also} |" for place in places]
        parts.append("\n".join([f"## {owner}", "", "| fact | ERMS.xml | also |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


_HEAD = """\
# Where each fact of the register goes in an FGS 2.0 package

Written by `python -m diarium.archive.mapping > docs/fgs-mapping.md`; a test says when it is no longer current.

- Facts are the fields of `diarium/archive/package_model.py`, which holds the whole register.
- Paths are XPaths from the root element of `representations/rep_1/data/ERMS.xml` (E-ARK CITS ERMS 2.1.2).
  `ownElement` holds what ERMS has no element for, under the register's own names: nothing is left out.
- Law days are written as midnight without time zone, moments in UTC. `appendix/@path` is relative to ERMS.xml.
- Parties, restrictions and users stand alike in cases and records; one of the two is named here.
"""


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
