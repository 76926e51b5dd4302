"""Where each fact of the register goes in an FGS 1.2 package with FGS Ärendehantering 1.0.

Paths are XPaths from the root of Content/arendehantering.xml, without namespace prefixes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from diarium.archive.mapping_places import Place, Places

_CASE: Final = "ArkivobjektListaArenden/ArkivobjektArende"
_RECORD: Final = f"{_CASE}/ArkivobjektListaHandlingar/ArkivobjektHandling"
_FILE: Final = f"{_RECORD}/Bilaga"
_SENDER: Final = f"{_RECORD}/Avsandare"


def _own(base: str, kind: str, name: str) -> str:
    """A fact in a box of that kind, which stands in `base` ("" is the document)."""
    box = f"EgnaElement/EgetElement[@Namn='{kind}']/EgetElement[@Namn='{name}']/Varde"
    return f"{base}/{box}" if base else box


def _part(base: str, kind: str, part: str, name: str) -> str:
    """A fact in a box that belongs to another one."""
    box = f"{base}/EgnaElement/EgetElement[@Namn='{kind}']"
    return f"{box}/EgetElement[@Namn='{part}']/EgetElement[@Namn='{name}']/Varde"


def _owns(base: str, kind: str, *names: str) -> Iterator[Place]:
    return (Place(name, _own(base, kind, name)) for name in names)


def _parts(base: str, kind: str, part: str, *names: str) -> Iterator[Place]:
    return (Place(name, _part(base, kind, part, name)) for name in names)


MAPPING_FGS1: Final[Places] = {
    "PackageInfo": (
        Place("uid", _own("", "package", "uid"), "mets/@OBJID"),
        Place("authority", "ArkivbildarStruktur/Arkivbildare/Namn", "METS agents ARCHIVIST, IPOWNER"),
        Place("period_from", _own("", "package", "period_from"), "mets/@LABEL"),
        Place("period_to", _own("", "package", "period_to"), "mets/@LABEL"),
        Place("created_at", _own("", "package", "created_at"), "metsHdr/@CREATEDATE"),
        Place("requested_by", _own("", "package", "requested_by"), "METS agent CREATOR/INDIVIDUAL"),
        Place("software", _own("", "package", "software"), "METS agents SOFTWARE; software_version"),
        Place("series", _own("", "series", "uid")),
        Place("units", _own("", "unit", "uid")),
        Place("schemes", "VerksamhetsbaseradArkivredovisning/KlassificeringsstrukturNamn", "box scheme"),
        Place("delivery", _own("", "package", "status"), "METS agents, altRecordID, ext: attributes"),
    ),
    "Delivery": (
        Place("creator", _own("", "package", "creator"), "METS agents CREATOR, SUBMITTER; creator_code"),
        Place("editor", _own("", "package", "editor"), "METS agents EDITOR, PRODUCER; editor_code"),
        Place("preserver", _own("", "package", "preserver"), "METS agent PRESERVATION; preserver_code"),
        Place("contact", _own("", "package", "contact"), "METS agent CREATOR/INDIVIDUAL"),
        Place("submission_agreement", _own("", "package", "submission_agreement"), "METS altRecordID"),
        Place(
            "previous_submission_agreements",
            _own("", "package", "previous_submission_agreement"),
            "METS altRecordID",
        ),
        Place("reference_code", "VerksamhetsbaseradArkivredovisning/ArkivReferens", "METS altRecordID"),
        Place("previous_reference_codes", _own("", "package", "previous_reference_code"), "METS altRecordID"),
        Place("archival_name", _own("", "package", "archival_name"), "mets/@ext:ARCHIVALNAME"),
        Place("information_class", "Informationsklass", "mets/@ext:INFORMATIONCLASS"),
        Place("status", _own("", "package", "status"), "metsHdr/@RECORDSTATUS (DELETE: OTHER)"),
        Place("replaces", _own("", "package", "replaces")),
        Place("package_number", _own("", "package", "package_number"), "mets/@ext:PACKAGENUMBER"),
        Place("package_count", _own("", "package", "package_count"), "mets/@LABEL"),
    ),
    "Organisation": (
        Place("name", _own("", "package", "creator"), "METS agent name"),
        Place("code", _own("", "package", "creator_code"), "METS agent note"),
    ),
    "Contact": (
        Place("name", _own("", "package", "contact"), "METS agent name"),
        Place("email", _own("", "package", "contact_email"), "METS agent note"),
        Place("phone", _own("", "package", "contact_phone"), "METS agent note"),
    ),
    "PackageAuthority": (
        Place("uid", _own("", "authority", "uid")),
        Place("code", _own("", "authority", "code")),
        Place("name", "ArkivbildarStruktur/Arkivbildare/Namn", "METS agents ARCHIVIST, IPOWNER"),
        Place("organisation_number", _own("", "authority", "organisation_number"), "METS agent note"),
        *_owns("", "authority", "email", "phone", "postal_address"),
        Place("active_from", "ArkivbildarStruktur/Arkivbildare/VerksamhetstidFran"),
        Place("active_to", "ArkivbildarStruktur/Arkivbildare/VerksamhetstidTill"),
    ),
    "PackageSeries": (
        *_owns("", "series", "uid", "code", "name", "number_format", "restarts_yearly", "is_restricted"),
        *_owns("", "series", "is_active", "opens_on", "closes_on"),
    ),
    "PackageUnit": (
        Place("uid", _own("", "unit", "uid")),
        Place("name", f"{_CASE}/Agent/Enhetsnamn", "box unit"),
        Place("is_active", _own("", "unit", "is_active")),
    ),
    "PackageScheme": (
        Place("uid", _own("", "scheme", "uid")),
        Place("name", "VerksamhetsbaseradArkivredovisning/KlassificeringsstrukturNamn", "box scheme"),
        Place("version", "VerksamhetsbaseradArkivredovisning/KlassificeringsstrukturNamn", "box scheme"),
        *_owns("", "scheme", "valid_from", "valid_to"),
        Place("classes", _own("", "class", "uid")),
    ),
    "PackageClass": (
        Place("uid", _own("", "class", "uid"), f"{_own(_CASE, 'case', 'classification')}"),
        Place("code", f"{_CASE}/KlassReferens", "box class"),
        Place("title", f"{_CASE}/Klass", "box class"),
        *_owns("", "class", "description", "publishing", "parent_code"),
        Place("disposal", f"{_CASE}/Gallring/@Gallras", "Bilaga/Bevaras; mets/@ext:APPRAISAL; box class"),
        Place("record_types", _own("", "class", "record_type")),
        Place("scheme_uid", _own("", "class", "scheme")),
    ),
    "PackageDisposal": (
        Place("uid", _own("", "class", "retention_rule")),
        Place("retention", f"{_CASE}/Gallring/@Gallras", "box class"),
        Place("years", f"{_CASE}/Gallring/GallringsFrist", "GallringsPeriodSlut; box class"),
        Place("event", _own("", "class", "retention_event")),
        Place("basis", f"{_CASE}/Gallring/GallringsForklaring", "box class"),
    ),
    "PackageUser": (
        Place("uid", _own(_CASE, "case", "responsible_uid")),
        Place("username", _own(_CASE, "case", "responsible_username")),
        Place("name", f"{_CASE}/Agent[Roll='Handläggare']/Namn", "Registrator; box case"),
        Place("email", _own(_CASE, "case", "responsible_email")),
    ),
    "PackageParty": (
        Place("uid", _own(_RECORD, "party", "uid")),
        Place("role", _own(_RECORD, "party", "role"), "Avsandare, Mottagare, Motpart; Agent/Roll for the rest"),
        Place("kind", _own(_RECORD, "party", "kind")),
        Place("name", f"{_SENDER}/Namn", "box party; an empty one is written -"),
        Place("identity_number", f"{_SENDER}/IDnummer", "digits only; box party: as registered"),
        Place("organisation", f"{_SENDER}/Organisation", "box party"),
        Place("address", f"{_SENDER}/Postadress", "box party"),
        Place("postal_code", f"{_SENDER}/Postnummer", "box party"),
        Place("city", f"{_SENDER}/Postort", "box party"),
        Place("country", f"{_SENDER}/Land", "box party"),
        Place("email", f"{_SENDER}/EPost", "box party"),
        Place("phone", f"{_SENDER}/Telefon", "box party"),
        Place("is_protected", f"{_SENDER}/SkyddadIdentitet", "mets/@ext:ACCESSRESTRICT; box party"),
    ),
    "PackageRestriction": (
        *_owns(_CASE, "restriction", "uid"),
        Place("scope", f"{_CASE}/Restriktion/ForklarandeText", "box restriction"),
        Place("document_uid", _own(_RECORD, "restriction", "document")),
        Place("citation", f"{_CASE}/Restriktion/Lagrum", "box restriction: provision"),
        *_owns(_CASE, "restriction", "subject", "max_years", "made_on", "made_at"),
        Place("authority_code", _own(_CASE, "restriction", "authority")),
        Place("made_by", _own(_CASE, "restriction", "made_by_uid")),
        Place("made_by_name", _own(_CASE, "restriction", "made_by")),
        Place("note", f"{_CASE}/Restriktion/ForklarandeText", "box restriction"),
        *_owns(_CASE, "restriction", "review_on"),
        Place("lifted_at", f"{_CASE}/Restriktion/RestriktionsDatum", "box restriction"),
        Place("lifted_by_name", _own(_CASE, "restriction", "lifted_by")),
        *_owns(_CASE, "restriction", "lift_reason"),
        Place("reviews", _part(_CASE, "restriction", "review", "uid")),
    ),
    "PackageReview": (
        *_parts(_CASE, "restriction", "review", "uid", "reviewed_on", "made_at"),
        Place("reviewed_by", _part(_CASE, "restriction", "review", "reviewed_by_uid")),
        Place("reviewed_by_name", _part(_CASE, "restriction", "review", "reviewed_by")),
        *_parts(_CASE, "restriction", "review", "occasion", "outcome", "reason", "scope_before", "scope_after"),
        Place("document_uid", _part(_RECORD, "restriction", "review", "document")),
        *_parts(_CASE, "restriction", "review", "next_on"),
    ),
    "PackageShare": (
        *_owns(_CASE, "share", "uid"),
        Place("to_authority_code", _own(_CASE, "share", "to_authority")),
        *_owns(_CASE, "share", "with_marked", "legal_ground", "reason", "until", "made_at"),
        Place("made_by", _own(_CASE, "share", "made_by_uid")),
        Place("made_by_name", _own(_CASE, "share", "made_by")),
        *_owns(_CASE, "share", "revoked_at"),
        Place("revoked_by_name", _own(_CASE, "share", "revoked_by")),
        *_owns(_CASE, "share", "revoke_reason"),
    ),
    "PackageWithdrawal": (
        Place("uid", _own(_CASE, "withdrawal", "uid"), "also of a record; of a file: in the box document"),
        *_owns(_CASE, "withdrawal", "reason", "made_at"),
        Place("made_by", _own(_CASE, "withdrawal", "made_by_uid")),
        Place("made_by_name", _own(_CASE, "withdrawal", "made_by")),
        *_owns(_CASE, "withdrawal", "ended_at"),
        Place("ended_by_name", _own(_CASE, "withdrawal", "ended_by")),
        *_owns(_CASE, "withdrawal", "end_reason"),
    ),
    "PackageRelation": (
        Place("kind", f"{_CASE}/ArendeRelation/@Typ", "@AnnanTyp; box relation"),
        *_owns(_CASE, "relation", "is_outgoing"),
        Place("other_uid", _own(_CASE, "relation", "case")),
        Place("other_number", f"{_CASE}/ArendeRelation", "box relation: case_number"),
        Place("other_authority", _own(_CASE, "relation", "authority")),
    ),
    "PackageCase": (
        Place("uid", f"{_CASE}/@Systemidentifierare"),
        Place("number_text", f"{_CASE}/ArkivobjektID"),
        *_owns(_CASE, "case", "year", "number"),
        Place("series_code", _own(_CASE, "case", "series")),
        Place("foreign_number", f"{_CASE}/ExtraID[@ExtraIDTyp='motpartens diarienummer']"),
        Place("title", f"{_CASE}/Arendemening"),
        *_owns(_CASE, "case", "public_title"),
        Place("case_type", f"{_CASE}/ArendeTyp"),
        Place("status", f"{_CASE}/StatusArande", "box case"),
        *_owns(_CASE, "case", "initiative"),
        Place("opened_on", f"{_CASE}/Upprattad", "received from outside: Inkommen; box case"),
        Place("decided_on", f"{_CASE}/Beslutat", "box case"),
        Place("closed_on", f"{_CASE}/Avslutat"),
        *_owns(_CASE, "case", "closing_reason", "cancel_reason"),
        Place("responsible", f"{_CASE}/Agent[Roll='Handläggare']/Namn", "box case"),
        Place("unit", f"{_CASE}/Agent[Roll='Handläggare']/Enhetsnamn", "box case"),
        Place("classification", f"{_CASE}/Klass", "KlassReferens; box case"),
        Place("physical_location", f"{_CASE}/Forvaringsplats"),
        Place("note", f"{_CASE}/Notering"),
        *_owns(_CASE, "case", "record_count"),
        Place("registered_at", f"{_CASE}/Skapad", "local time; box case: UTC, exact"),
        Place("registered_by", f"{_CASE}/Agent[Roll='Registrator']/Namn", "box case"),
        *_owns(_CASE, "case", "version"),
        Place("parties", f"{_CASE}/Motpart/Namn", "box party"),
        Place("restrictions", f"{_CASE}/Restriktion/Lagrum", "box restriction"),
        Place("relations", f"{_CASE}/ArendeRelation", "box relation"),
        Place("notes", _own(_CASE, "note", "body")),
        Place("deadlines", _own(_CASE, "deadline", "text")),
        Place("decisions", _own(_CASE, "decision", "outcome"), "Beslutat"),
        Place("records", f"{_RECORD}/@Systemidentifierare"),
        Place("shares", _own(_CASE, "share", "uid")),
        Place("withdrawals", _own(_CASE, "withdrawal", "uid")),
        Place("disposals", _own(_CASE, "case_disposal", "uid"), "Beskrivning"),
        Place("origin", _own(_CASE, "origin", "package")),
    ),
    "PackageRecord": (
        Place("uid", f"{_RECORD}/@Systemidentifierare"),
        Place("number_text", f"{_RECORD}/ArkivobjektID", "METS file/@ext:ARCHIVALREFERENCECODE"),
        Place("running_number", f"{_RECORD}/Lopnummer", "box record"),
        Place("direction", f"{_RECORD}/StatusHandling", "box record"),
        Place("title", f"{_RECORD}/Rubrik"),
        *_owns(_RECORD, "record", "public_title"),
        Place("record_type", f"{_RECORD}/Handlingstyp", "METS file/@ext:ARCHIVALRECORDTYPE"),
        Place("official_on", f"{_RECORD}/Inkommen", "outgoing: Expedierad; drawn up: Upprattad; box record"),
        *_owns(_RECORD, "record", "received_at", "document_date"),
        Place("medium", f"{_RECORD}/Atkomst", "box record"),
        Place("physical_location", f"{_RECORD}/Forvaringsplats"),
        Place("status", _own(_RECORD, "record", "status"), "cancelled: Beskrivning says so"),
        Place("cancel_reason", f"{_RECORD}/Beskrivning", "box record"),
        Place("moved_to", f"{_RECORD}/HandlingRelation[@AnnanTyp='flyttad till']", "box record"),
        Place("moved_from", _own(_RECORD, "record", "moved_from"), "ExtraID; HandlingRelation flyttad från"),
        Place("note", f"{_RECORD}/Notering"),
        Place("registered_at", f"{_RECORD}/Skapad", "local time; box record: UTC, exact"),
        Place("registered_by", f"{_RECORD}/Agent[Roll='Registrator']/Namn", "box record"),
        *_owns(_RECORD, "record", "version"),
        Place("parties", f"{_SENDER}/Namn", "Mottagare, Agent; box party"),
        Place("restrictions", f"{_RECORD}/Restriktion/Lagrum", "box restriction"),
        Place("documents", f"{_FILE}/@Lank", "METS file"),
        Place("dispatches", _own(_RECORD, "dispatch", "uid")),
        Place("withdrawals", _own(_RECORD, "withdrawal", "uid")),
    ),
    "PackageRecordReference": (
        Place("uid", _own(_RECORD, "record", "moved_to"), "record of a deadline or decision"),
        Place("number_text", f"{_RECORD}/HandlingRelation", "record_number of a deadline or decision"),
    ),
    "PackageNote": (
        *_owns(_CASE, "note", "uid", "body", "made_at"),
        Place("made_by", _own(_CASE, "note", "made_by_uid")),
        Place("made_by_name", _own(_CASE, "note", "made_by")),
        *_owns(_CASE, "note", "corrects"),
    ),
    "PackageDeadline": (
        *_owns(_CASE, "deadline", "uid"),
        Place("kind", _own(_CASE, "deadline", "deadline_kind")),
        *_owns(_CASE, "deadline", "due_on", "text", "responsible", "unit", "record"),
        Place("state", _own(_CASE, "deadline", "deadline_state")),
        *_owns(_CASE, "deadline", "outcome", "made_at"),
        Place("made_by_name", _own(_CASE, "deadline", "made_by")),
        *_owns(_CASE, "deadline", "settled_at"),
        Place("settled_by_name", _own(_CASE, "deadline", "settled_by")),
        *_owns(_CASE, "deadline", "version"),
    ),
    "PackageDecision": (
        *_owns(_CASE, "decision", "uid"),
        Place("kind", _own(_CASE, "decision", "decision_kind")),
        Place("decided_on", _own(_CASE, "decision", "decided_on"), "Beslutat, if it was not cancelled"),
        *_owns(_CASE, "decision", "body", "paragraph", "delegation_point", "outcome", "is_final", "record"),
        Place("state", _own(_CASE, "decision", "decision_state")),
        *_owns(_CASE, "decision", "cancel_reason", "registered_at"),
        Place("registered_by", _own(_CASE, "decision", "registered_by_uid")),
        Place("registered_by_name", _own(_CASE, "decision", "registered_by")),
        *_owns(_CASE, "decision", "version"),
    ),
    "PackageDocument": (
        *_owns(_FILE, "document", "uid", "position"),
        Place("file_name", f"{_FILE}/@Namn", "METS file/@ext:ORIGINALFILENAME; box document"),
        Place("description", f"{_FILE}/@Beskrivning", "box document"),
        Place("sha256", f"{_FILE}/@Checksumma", "METS file/@CHECKSUM; box document"),
        Place("size", f"{_FILE}/@Storlek", "not over 2 GiB; METS file/@SIZE; box document"),
        *_owns(_FILE, "document", "stored_at"),
        Place("mime", f"{_FILE}/@Mimetyp", "METS file/@MIMETYPE; box document"),
        Place("puid", _own(_FILE, "document", "puid"), "METS file/@ext:FORMATREGISTRYKEY"),
        Place("format_name", _own(_FILE, "document", "format_name"), "METS file/@ext:FILEFORMATNAME"),
        Place("format_version", _own(_FILE, "document", "format_version"), "METS file/@ext:FILEFORMATVERSION"),
        Place("warnings", _own(_FILE, "document", "warning")),
        *_owns(_FILE, "document", "examined_at", "is_released"),
        Place("added_at", _own(_FILE, "document", "added_at"), "METS file/@CREATED"),
        Place("added_by", _own(_FILE, "document", "added_by_uid")),
        Place("withdrawals", _part(_FILE, "document", "withdrawal", "uid")),
    ),
    "PackageDispatch": (
        *_owns(_RECORD, "dispatch", "uid", "means", "state", "kind", "message_id", "sender_email", "subject"),
        *_owns(_RECORD, "dispatch", "content_sha256"),
        Place("content", _own(_FILE, "message", "uid"), "Bilaga; box dispatch: content"),
        Place("attachment_names", _own(_RECORD, "dispatch", "attachment_name")),
        *_owns(_RECORD, "dispatch", "secrecy_reason", "note", "last_error", "is_settled", "answer"),
        *_owns(_RECORD, "dispatch", "dispatched_on", "sent_at", "queued_at"),
        Place("queued_by", _own(_RECORD, "dispatch", "queued_by_uid")),
        Place("queued_by_name", _own(_RECORD, "dispatch", "queued_by")),
        Place("recipients", _part(_RECORD, "dispatch", "recipient", "uid")),
    ),
    "PackageRecipient": (
        *_parts(_RECORD, "dispatch", "recipient", "uid", "name", "address", "is_protected", "state", "answer"),
        *_parts(_RECORD, "dispatch", "recipient", "report", "reported_at"),
    ),
    "PackageCaseDisposal": (
        *_owns(_CASE, "case_disposal", "uid", "depth", "rule", "basis", "decision", "decided_on"),
        Place("decided_by_name", _own(_CASE, "case_disposal", "decided_by")),
        *_owns(_CASE, "case_disposal", "certificate", "certificate_uid", "disposed_at"),
        Place("record_count", _own(_CASE, "case_disposal", "record_count"), "Beskrivning"),
        Place("file_count", _own(_CASE, "case_disposal", "file_count"), "Beskrivning"),
        Place("files", _own(_CASE, "case_disposal", "files_of_record"), "running number: number of files"),
    ),
    "PackageOrigin": (
        Place("package_id", _own(_CASE, "origin", "package")),
        *_owns(_CASE, "origin", "creator", "system", "status", "is_read_only", "taken_over_at"),
        Place("taken_over_by_name", _own(_CASE, "origin", "taken_over_by")),
    ),
}
