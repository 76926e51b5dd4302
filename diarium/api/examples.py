"""An example of each body and answer of the staff API, for its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

_UID = "5b1f8f0e-3c55-4d5a-9d0b-0b8a4c1c2f11"
_CASE_UID = "0c6a1f3e-90f4-4a0c-8b53-6f1c9a3b7d20"
_PARTY: dict[str, Any] = {"name": "Trafikbolaget AB", "kind": "organisation", "role": "sender"}
_SEEN_PARTY: dict[str, Any] = {
    **_PARTY,
    "identity_number": None,
    "address": None,
    "email": "info@trafikbolaget.example",
    "phone": None,
    "is_protected": False,
}
_SUMMARY: dict[str, Any] = {
    "uid": _UID,
    "case_uid": _CASE_UID,
    "case_number": "KS 2026/123",
    "authority_name": "Kommunstyrelsen",
    "number": "KS 2026/123-1",
    "running_number": 1,
    "direction": "incoming",
    "official_on": "2026-02-03",
    "registered_at": "2026-02-03T08:15:00Z",
    "title": "Yttrande över remiss om kollektivtrafik",
    "public_title": None,
    "record_type": "Yttrande",
    "status": "registered",
    "cancel_reason": None,
    "medium": "digital",
    "physical_location": None,
    "document_date": "2026-02-02",
    "disposed": None,
    "version": 1,
}
_DOCUMENT: dict[str, Any] = {
    "uid": "b4f1e4f2-8ed4-4a44-8a43-2e38a6a0f6f3",
    "file_name": "yttrande.pdf",
    "size": 48213,
    "format_name": "PDF/A-1b",
    "is_released": False,
    "warnings": [],
}
_RECORD: dict[str, Any] = {
    **_SUMMARY,
    "note": None,
    "parties": [_SEEN_PARTY],
    "documents": [_DOCUMENT],
    "restrictions": [],
    "files_hidden": False,
}
_CASE: dict[str, Any] = {
    "uid": _CASE_UID,
    "number": "KS 2026/123",
    "authority_code": "KS",
    "authority_name": "Kommunstyrelsen",
    "title": "Remiss om kollektivtrafik",
    "public_title": None,
    "status": "open",
    "case_type": "Remiss",
    "opened_on": "2026-02-03",
    "decided_on": None,
    "closed_on": None,
    "cancel_reason": None,
    "responsible": "Hanna Holm",
    "responsible_username": "hanna",
    "unit": "Kansliet",
    "classification": "1.2 Styra och leda",
    "classification_code": "1.2",
    "physical_location": None,
    "is_restricted": False,
    "disposed": None,
    "version": 1,
}
_WEBHOOK: dict[str, Any] = {
    "uid": "2b3d6a5e-2a0e-4a44-9d51-3f6f1b7a9b10",
    "authority": "KS",
    "name": "E-tjänster",
    "url": "https://e-tjanster.kommunen.example/diariet",
    "kinds": ["record.registered", "case.closed"],
    "is_active": True,
    "created_at": "2026-02-03T08:15:00Z",
    "created_by": "Adam Admin",
    "version": 1,
}
_REASON = {"reason": "Registrerad två gånger"}
EXAMPLES: Mapping[str, dict[str, Any]] = {
    "NewCaseSchema": {"authority": "KS", "title": "Remiss om kollektivtrafik", "classification": "1.2"},
    "RecordRequestSchema": {
        "direction": "incoming",
        "official_on": "2026-02-03",
        "title": "Yttrande över remiss om kollektivtrafik",
        "case": "KS 2026/123",
        "record_type": "Yttrande",
        "parties": [_PARTY],
    },
    "RestrictionSchema": {"provision": "OSL 26 kap. 1 §", "scope": "whole"},
    "DocumentsSchema": {"documents": [{"ticket": "eyJ1IjoxfQ.aBcD", "file_name": "yttrande.pdf"}]},
    "CloseSchema": {"closed_on": "2026-06-01", "reason": "Beslutet har vunnit laga kraft"},
    "ReasonSchema": _REASON,
    "AssignSchema": {"responsible": "hanna", "unit": "Kansliet"},
    "CaseCorrectionRequestSchema": {"title": "Remiss om kollektivtrafik i Ekdala", "reason": "Otydlig rubrik"},
    "RecordCorrectionRequestSchema": {"official_on": "2026-02-02", "reason": "Kom in dagen före"},
    "WebhookRequestSchema": {name: _WEBHOOK[name] for name in ("authority", "name", "url", "kinds")},
    "IntakeRequestSchema": {
        "authority": "KS",
        "reference": "E-2026-00123",
        "title": "Ansökan om föreningsbidrag",
        "body": "Vi söker bidrag för ungdomsverksamhet.",
        "sender": {"name": "Ekdala IF", "email": "kansli@ekdala-if.example", "kind": "organisation"},
    },
    "UploadSchema": {
        "ticket": "eyJ1IjoxfQ.aBcD",
        "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "size": 5,
        "file_name": "yttrande.pdf",
    },
    "RecordViewSchema": _RECORD,
    "CaseViewSchema": {
        **_CASE, "note": None, "parties": [], "restrictions": [], "records": [_RECORD], "related": [],
        "disposals": [],
    },
    "CasePageSchema": {"cases": [_CASE], "next_cursor": None},
    "RecordPageSchema": {"records": [_SUMMARY], "next_cursor": None},
    "SearchAnswerSchema": {
        "total": 1,
        "page": 1,
        "limit": 20,
        "hits": [
            {
                "uid": _UID,
                "kind": "record",
                "number": "KS 2026/123-1",
                "title": "Yttrande över remiss om kollektivtrafik",
                "snippet": "om <mark>kollektivtrafik</mark> i länet",
                "date": "2026-02-03",
                "authority": "KS",
                "record_type": "Yttrande",
                "direction": "incoming",
                "status": "open",
                "score": 1.0,
            }
        ],
        "facets": {"authority": [{"value": "KS", "count": 1}]},
        "notes": [],
        "suggestions": [],
    },
    "IntakeAnswerSchema": {
        "uid": "9f0d2b46-7a3c-4a3f-8a1d-64a3e0f7c1aa",
        "state": "new",
        "is_new": True,
        "duplicate": False,
        "received_at": "2026-02-03T08:15:00Z",
        "official_on": "2026-02-03",
        "deadline_on": "2026-02-04",
        "record_number": None,
    },
    "AuthoritiesSchema": {"authorities": [{"code": "KS", "name": "Kommunstyrelsen"}]},
    "ClassesSchema": {
        "classes": [
            {
                "code": "1.2",
                "title": "Styra och leda",
                "level": 2,
                "publishing": "metadata",
                "record_types": ["Remiss"],
            }
        ]
    },
    "RecordTypesSchema": {"record_types": ["Ansökan", "Yttrande"]},
    "PackageValidationSchema": {
        "uid": _UID,
        "name": "leverans.zip",
        "state": "checked",
        "size": 48213004,
        "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        "received_at": "2026-02-03T08:15:00Z",
        "checked_at": "2026-02-03T08:16:12Z",
        "kept_until": "2026-03-05T08:15:00Z",
        "bytes_read": 61200310,
        "bytes_total": 61200310,
        "profile": "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0",
        "valid": False,
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "error": None,
    },
    "PackageReportSchema": {
        "package": "leverans_1",
        "profile": "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0",
        "valid": False,
        "usable": True,
        "files": 412,
        "bytes": 61200310,
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "findings": [
            {
                "rule": "CSIP71",
                "level": "MUST",
                "severity": "ERROR",
                "file": "METS.xml",
                "line": 61,
                "xpath": "/mets/fileSec/fileGrp[3]/file[2]/@CHECKSUM",
                "message": "…/brev.pdf har en annan kontrollsumma än METS anger (SHA-256).",
                "mend": "Filen har ändrats eller skadats. Hämta rätt fil eller räkna om kontrollsumman.",
                "count": 1,
            }
        ],
    },
    "TokenSchema": {"actor": "E-tjänster", "scopes": ["intake:write"], "authorities": ["KS"]},
    "WebhookSchema": _WEBHOOK,
    "WebhooksSchema": {"webhooks": [_WEBHOOK]},
    "DeliveriesSchema": {
        "deliveries": [
            {
                "uid": "7d0f6c1e-59ab-4cf1-8f0a-3f9f6f5b8c02",
                "kind": "record.registered",
                "number": "KS 2026/123-1",
                "occurred_at": "2026-02-03T08:15:00Z",
                "state": "delivered",
                "attempts": 1,
                "next_try_at": None,
                "last_tried_at": "2026-02-03T08:15:04Z",
                "last_status": 204,
                "last_error": None,
                "delivered_at": "2026-02-03T08:15:04Z",
            }
        ],
        "next_cursor": None,
    },
    "InfoSchema": {
        "api_name": "diarium",
        "api_version": "1.1.0",
        "api_released": "2026-01-01",
        "api_documentation": "https://diarium.kommunen.example/api/v1/openapi.json",
        "api_status": "active",
        "organisation": "Ekdala kommun",
        "contact": "registrator@ekdala.example",
    },
}  # fmt: skip


def of(schema: type[Schema]) -> dict[str, Any] | None:
    """The example of a schema."""
    return EXAMPLES.get(schema.__name__)
