"""Which fact of the register goes where in a package of the 2.x family: FGS 2.0 and plain E-ARK.

Paths are XPaths from the root of ERMS.xml, without namespace prefixes.
"""

from __future__ import annotations

from typing import Final

from diarium.archive.mapping_fgs2_work import MAPPING_WORK
from diarium.archive.mapping_places import Place, Places, own, owns

_CASE = "aggregations/aggregation"
_RECORD = f"{_CASE}/record"
_AGENT = f"{_RECORD}/agents/agent"
_LINES = f"{_AGENT}/addressContactInformation"
_PARTY_OWN = f"{_AGENT}/agentExtendingInformation/agentExtendingXMLInformation/ownElement/ownElement"
_MARK = f"{_CASE}/restriction"
_SCHEMA = "control/classificationSchema"
_WATCHED = f"{_CASE}/action[actionType='bevakning']"
_DECIDED = f"{_CASE}/action[actionType='delegationsbeslut']"
_SHARED = f"{_CASE}/action[starts-with(actionType, 'delning')]"
_SENT = f"{_RECORD}/action[starts-with(actionType, 'expediering')]"


def _line(fact: str, kind: str) -> Place:
    place = f"{_LINES}/addressLine[@adressType='{kind}']"
    return Place(fact, place, newer=place.replace("adressType", "addressType"))


MAPPING_FGS2: Final[Places] = {
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
        Place("series", own("", "number_format")),
        Place("units", own("", "name")),
        Place(
            "schemes",
            f"{_SCHEMA}/textualDescriptionOfClassificationSchema/p",
            "ERMS 3.0: one classificationSchema each",
        ),
        Place(
            "delivery",
            "control/maintenanceInformation/maintenanceHistory/maintenanceEvent/agent/organisation",
            "ownElement of the document; METS agents, altRecordID, metsHdr/@RECORDSTATUS",
        ),
    ),
    "Delivery": (
        Place("creator", own("", "creator"), "METS agent CREATOR/ORGANIZATION; additionalPackageInfo creator"),
        Place("editor", own("", "editor"), "METS agent EDITOR"),
        Place("preserver", own("", "preserver"), "METS agent PRESERVATION"),
        Place("contact", own("", "contact"), "METS agent CREATOR/INDIVIDUAL"),
        Place("submission_agreement", own("", "submission_agreement"), "altRecordID SUBMISSIONAGREEMENT"),
        Place(
            "previous_submission_agreements",
            own("", "previous_submission_agreement"),
            "altRecordID PREVIOUSSUBMISSIONAGREEMENT",
        ),
        Place("reference_code", own("", "reference_code"), "altRecordID REFERENCECODE"),
        Place("previous_reference_codes", own("", "previous_reference_code"), "altRecordID PREVIOUSREFERENCECODE"),
        Place("archival_name", own("", "archival_name"), "additionalPackageInfo archiveName"),
        Place("information_class", "control/informationClass", "additionalPackageInfo informationClass"),
        Place(
            "status",
            own("", "record_status"),
            "metsHdr/@RECORDSTATUS; additionalPackageInfo status; maintenanceStatus",
        ),
        Place("replaces", own("", "replaces"), "PREMIS relationship of the package"),
        Place("package_number", own("", "package_number"), "mets/@LABEL"),
        Place("package_count", own("", "package_count"), "mets/@LABEL"),
    ),
    "Organisation": (
        Place("name", own("", "preserver"), "METS agent name"),
        Place("code", own("", "preserver_code"), "METS agent note IDENTIFICATIONCODE"),
    ),
    "Contact": (
        Place("name", own("", "contact"), "METS agent name"),
        Place("email", own("", "contact_email"), "METS agent note"),
        Place("phone", own("", "contact_phone"), "METS agent note"),
    ),
    "PackageAuthority": (
        Place("uid", own("", "uid")),
        Place("code", "control/maintenanceInformation/maintenanceAgency/otherAgencyCode"),
        Place("name", "control/maintenanceInformation/maintenanceAgency/agencyName", "METS agent ARCHIVIST"),
        Place(
            "organisation_number",
            "control/maintenanceInformation/maintenanceAgency/agencyCode",
            "METS agent note IDENTIFICATIONCODE",
        ),
        *owns("", "email", "phone", "postal_address", "active_from", "active_to"),
    ),
    "PackageSeries": (
        *owns("", "uid", "code", "name", "number_format", "restarts_yearly", "is_restricted", "is_active"),
        *owns("", "opens_on", "closes_on"),
    ),
    "PackageUnit": (
        Place("uid", own("", "uid")),
        Place("name", f"{_CASE}/agents/agent/unitName"),
        Place("is_active", own("", "is_active")),
    ),
    "PackageScheme": (
        Place("uid", own(_SCHEMA, "uid"), newer=f"{_SCHEMA}/@classificationSchemaId"),
        *owns(_SCHEMA, "name", "version"),
        Place("valid_from", own(_SCHEMA, "valid_from"), newer=f"{_SCHEMA}/useDatePeriod/fromDate"),
        Place("valid_to", own(_SCHEMA, "valid_to"), newer=f"{_SCHEMA}/useDatePeriod/toDate"),
        Place("classes", own(_SCHEMA, "code")),
    ),
    "PackageClass": (
        Place("uid", f"{_CASE}/classification/@classificationId"),
        Place("code", f"{_CASE}/classification/@classificationCode", "@fullyQualifiedClassificationCode"),
        Place("title", f"{_CASE}/classification"),
        *owns(_SCHEMA, "description", "publishing", "parent_code"),
        Place("disposal", f"{_CASE}/disposal/@disposable", "additionalPackageInfo disposal"),
        Place("record_types", own(_SCHEMA, "record_type")),
        Place("scheme_uid", own(_SCHEMA, "scheme"), newer=f"{_CASE}/@classificationSchemaUsed"),
    ),
    "PackageDisposal": (
        Place("uid", own(_SCHEMA, "retention_rule")),
        Place("retention", f"{_CASE}/disposal/disposalAction"),
        Place(
            "years", f"{_CASE}/disposal/disposalPeriod", "disposal/dates/disposalDate: the period's start and end"
        ),
        Place("event", f"{_CASE}/disposal/disposalDescription"),
        Place("basis", f"{_CASE}/disposal/disposalMandate"),
    ),
    "PackageUser": (
        Place("uid", own(_CASE, "responsible")),
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
        _line("address", "postal_address"),
        _line("postal_code", "postal_code"),
        _line("city", "postal_city"),
        _line("country", "country"),
        Place("email", f"{_LINES}/contactLine[@contactType='email']"),
        Place("phone", f"{_LINES}/contactLine[@contactType='phonenumber']"),
        Place("is_protected", f"{_AGENT}/protectedIdentity", "additionalPackageInfo accessRestrict"),
    ),
    "PackageRestriction": (
        Place("uid", own(_CASE, "uid")),
        Place("scope", f"{_MARK}/explanatoryText", "ownElement scope"),
        Place("document_uid", own(_RECORD, "document")),
        Place("citation", f"{_MARK}/regulation", "additionalPackageInfo accessRestrictDesc of each file"),
        Place("subject", own(_CASE, "subject")),
        Place("max_years", f"{_MARK}/duration/calculatedDuration"),
        Place("made_on", f"{_MARK}/dates/date[@dateType='confidentiality_assessed']"),
        Place("made_at", f"{_MARK}/dates/date[@dateType='created']"),
        Place("authority_code", own(_CASE, "authority")),
        Place("made_by", own(_CASE, "made_by_username")),
        Place("made_by_name", own(_CASE, "made_by"), newer=f"{_MARK}/agent[@agentType='creator']/name"),
        Place("note", f"{_MARK}/explanatoryText"),
        Place("review_on", f"{_MARK}/dates/date[@otherDateType='omprövas']"),
        Place("lifted_at", f"{_MARK}/dates/date[@dateType='end']"),
        Place("lifted_by_name", own(_CASE, "lifted_by"), newer=f"{_MARK}/agent[@otherAgentType='hävd av']/name"),
        Place("lift_reason", own(_CASE, "lift_reason")),
        Place("reviews", f"{_MARK}/dates/date[@dateType='reviewed']"),
    ),
    "PackageRelation": (
        Place("kind", f"{_CASE}/relation/@relationType", "own_relation_definition: fortsätter, fortsätts av"),
        Place("is_outgoing", own(_CASE, "is_outgoing")),
        Place("other_uid", own(_CASE, "case")),
        Place("other_number", f"{_CASE}/relation"),
        Place("other_authority", own(_CASE, "authority")),
    ),
    "PackageCase": (
        Place("uid", f"{_CASE}/@systemIdentifier"),
        Place("number_text", f"{_CASE}/objectId"),
        *owns(_CASE, "year", "number"),
        Place("series_code", own(_CASE, "series")),
        Place("foreign_number", f"{_CASE}/extraId[@extraIdType='foreign_number']"),
        Place("title", f"{_CASE}/title"),
        Place("public_title", f"{_CASE}/otherTitle[@titleType='public_title']"),
        Place("case_type", f"{_CASE}/keywords/keyword"),
        Place("status", f"{_CASE}/status/@value", "ownElement status"),
        Place("initiative", own(_CASE, "initiative")),
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
        *owns(_CASE, "record_count"),
        Place("registered_at", f"{_CASE}/dates/date[@dateType='captured']"),
        Place("registered_by", f"{_CASE}/agents/agent[@agentType='creator']/name"),
        *owns(_CASE, "version"),
        Place("parties", f"{_CASE}/agents/agent[@agentType='counterpart']/name"),
        Place("restrictions", f"{_CASE}/restriction/regulation"),
        Place("relations", f"{_CASE}/relation"),
        Place("notes", f"{_CASE}/notes/note[@noteType='tjänsteanteckning']"),
        Place("deadlines", f"{_WATCHED}/actionText"),
        Place("decisions", f"{_DECIDED}/actionText"),
        Place("records", f"{_CASE}/record/@systemIdentifier"),
        Place("shares", f"{_SHARED}/actionText"),
        Place("withdrawals", own(_CASE, "withdrawal_reason")),
        Place("disposals", f"{_CASE}/archivalHistory/historyLine"),
        Place("origin", f"{_CASE}/archivalHistory/historyLine"),
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
        Place("moved_from", f"{_RECORD}/relation[@relationType='moved_from']"),
        Place("note", f"{_RECORD}/notes/note[@noteType='anteckning']"),
        Place("registered_at", f"{_RECORD}/dates/date[@dateType='captured']"),
        Place("registered_by", f"{_RECORD}/agents/agent[@agentType='creator']/name"),
        *owns(_RECORD, "version"),
        Place("parties", f"{_AGENT}/name"),
        Place("restrictions", f"{_RECORD}/restriction/regulation"),
        Place("documents", f"{_RECORD}/additionalInformation/appendix/@path", "METS file; PREMIS object"),
        Place("dispatches", f"{_SENT}/actionText", "dispatchMode"),
        Place("withdrawals", own(_RECORD, "withdrawal_reason")),
    ),
    "PackageRecordReference": (
        Place("uid", own(_RECORD, "moved_to"), "ownElement record of a deadline or decision"),
        Place(
            "number_text",
            f"{_RECORD}/relation[@relationType='moved']",
            "ownElement record_number of a deadline or decision",
        ),
    ),
    "PackageDocument": (
        Place("uid", own(_RECORD, "uid"), "PREMIS objectIdentifier"),
        Place("position", own(_RECORD, "position")),
        Place(
            "file_name", f"{_RECORD}/additionalInformation/appendix/@name", "METS @OWNERID; PREMIS originalName"
        ),
        Place("description", f"{_RECORD}/additionalInformation/appendix/@description"),
        Place("sha256", own(_RECORD, "sha256"), "METS @CHECKSUM; PREMIS fixity"),
        Place("size", own(_RECORD, "size"), "METS @SIZE; PREMIS size"),
        Place("stored_at", own(_RECORD, "stored_at")),
        Place("mime", own(_RECORD, "mime"), "METS @MIMETYPE"),
        Place("puid", own(_RECORD, "puid"), "METS sip:FORMATREGISTRYKEY; PREMIS formatRegistryKey"),
        Place(
            "format_name",
            f"{_RECORD}/additionalInformation/appendix/@fileFormat",
            "METS sip:FILEFORMATNAME; PREMIS formatName",
        ),
        Place(
            "format_version", own(_RECORD, "format_version"), "METS sip:FILEFORMATVERSION; PREMIS formatVersion"
        ),
        Place("warnings", own(_RECORD, "warning")),
        *owns(_RECORD, "examined_at", "is_released"),
        Place("added_at", own(_RECORD, "added_at"), "METS @CREATED; PREMIS event ingestion"),
        Place("added_by", own(_RECORD, "added_by_name"), "PREMIS event ingestion"),
        Place("withdrawals", own(_RECORD, "withdrawal_reason"), "ownElement document: the file's uid"),
    ),
    **MAPPING_WORK,
}
