"""An example of each answer of the open API, for its description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

_DOCUMENT: dict[str, Any] = {
    "uid": "b4f1e4f2-8ed4-4a44-8a43-2e38a6a0f6f3",
    "file_name": "KS-2026-123-1.pdf",
    "media_type": "application/pdf",
    "size": 48213,
    "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    "content": "/api/public/v1/documents/b4f1e4f2-8ed4-4a44-8a43-2e38a6a0f6f3/content",
}
_CASE: dict[str, Any] = {
    "uid": "0c6a1f3e-90f4-4a0c-8b53-6f1c9a3b7d20",
    "number": "KS 2026/123",
    "authority": "KS",
    "authority_name": "Kommunstyrelsen",
    "series": "KS",
    "year": 2026,
    "visibility": "facts",
    "title": "Remiss om kollektivtrafik",
    "status": "open",
    "case_type": "Remiss",
    "opened_on": "2026-02-03",
    "closed_on": None,
    "class_code": "1.2",
    "class_title": "Styra och leda",
    "unit": "Kansliet",
    "parties": [],
    "are_parties_omitted": False,
    "page": "/arende/KS/2026/123",
}
_RECORD: dict[str, Any] = {
    "uid": "5b1f8f0e-3c55-4d5a-9d0b-0b8a4c1c2f11",
    "number": "KS 2026/123-1",
    "case_uid": "0c6a1f3e-90f4-4a0c-8b53-6f1c9a3b7d20",
    "case_number": "KS 2026/123",
    "running_number": 1,
    "authority": "KS",
    "authority_name": "Kommunstyrelsen",
    "visibility": "facts",
    "direction": "incoming",
    "official_on": "2026-02-03",
    "title": "Yttrande över remiss om kollektivtrafik",
    "record_type": "Yttrande",
    "parties": [{"role": "sender", "name": "Trafikbolaget AB"}],
    "are_parties_omitted": False,
    "moved_to_uid": None,
    "moved_to_number": None,
    "documents": [_DOCUMENT],
    "page": "/handling/KS/2026/123/1",
}
EXAMPLES: Mapping[str, dict[str, Any]] = {
    "CaseSchema": _CASE,
    "RecordSchema": _RECORD,
    "DocumentSchema": _DOCUMENT,
    "CasesSchema": {"cases": [_CASE], "next_cursor": None},
    "RecordsSchema": {"records": [_RECORD], "next_cursor": None},
    "DailyListSchema": {
        "day": "2026-02-03",
        "authority": "KS",
        "previous": "2026-02-02",
        "following": None,
        "records": [_RECORD],
        "next_cursor": None,
    },
    "AnswerSchema": {
        "total": 1,
        "hits": [
            {
                "kind": "record",
                "case": _CASE,
                "record": _RECORD,
                "snippet": "om <mark>kollektivtrafik</mark> i länet",
            }
        ],
        "facets": {"authority": [{"value": "KS", "label": "Kommunstyrelsen", "count": 1}]},
        "notes": [],
        "suggestions": [],
        "next_cursor": None,
    },
    "AuthoritiesSchema": {"authorities": [{"code": "KS", "name": "Kommunstyrelsen"}]},
    "ClassesSchema": {"classes": [{"code": "1.2", "title": "Styra och leda", "cases": 14}]},
    "InfoSchema": {
        "api_name": "diarium öppet diarium",
        "api_version": "1.0.0",
        "api_released": "2026-01-01",
        "api_documentation": "https://diarium.kommunen.example/api/public/v1/openapi.json",
        "api_status": "active",
        "organisation": "Ekdala kommun",
        "contact": "registrator@ekdala.example",
    },
}


def of(schema: type[Schema]) -> dict[str, Any] | None:
    """The example of a schema."""
    return EXAMPLES.get(schema.__name__)
