"""Cases, records and files of the open register as the open API and the dumps tell of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from diarium.api.frame import OPEN_PREFIX
from diarium.public.models import PublicCase, PublicDocument, PublicRecord

Shape = dict[str, object]
AddressOf = Callable[..., str]


def of_case(case: PublicCase, address: AddressOf = url_for) -> Shape:
    """A case; `title` is None where it is left out, `visibility` says why.

    `address`: gives the address of a page of the site, by the page's name and values.
    """
    return {
        "uid": case.uid,
        "number": case.number_text,
        "authority": case.authority_code,
        "authority_name": case.authority_name,
        "series": case.series_code,
        "year": case.year,
        "visibility": case.visibility,
        "title": case.title,
        "status": case.status,
        "case_type": case.case_type,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on,
        "class_code": case.class_code,
        "class_title": case.class_title,
        "unit": case.unit,
        "parties": case.parties,
        "are_parties_omitted": case.are_parties_omitted,
        "page": address("site.case", **_number(case)),
    }


def of_record(record: PublicRecord, case: PublicCase, address: AddressOf = url_for) -> Shape:
    """A record of `case`, with its released files; `address` as in `of_case`."""
    return {
        "uid": record.uid,
        "number": record.number_text,
        "case_uid": case.uid,
        "case_number": case.number_text,
        "running_number": record.running_number,
        "authority": record.authority_code,
        "authority_name": case.authority_name,
        "visibility": record.visibility,
        "direction": record.direction or None,
        "official_on": record.official_on,
        "title": record.title,
        "record_type": record.record_type,
        "parties": record.parties,
        "are_parties_omitted": record.are_parties_omitted,
        "moved_to_uid": record.moved_to_uid,
        "moved_to_number": record.moved_to_number,
        "documents": [of_document(item) for item in record.documents],
        "page": address("site.record", running=record.running_number, **_number(case)),
    }


def of_document(document: PublicDocument) -> Shape:
    """A released file and where its content is."""
    return {
        "uid": document.uid,
        "file_name": document.file_name,
        "media_type": document.mime,
        "size": document.size,
        "sha256": document.sha256,
        "content": f"{OPEN_PREFIX}/documents/{document.uid}/content",
    }


def _number(case: PublicCase) -> dict[str, Any]:
    """What the permanent addresses are made from, with the series where it is not the authority's own."""
    series = {"series": case.series_code} if case.series_code != case.authority_code else {}
    return {"authority": case.authority_code, "year": case.year, "number": case.number, **series}
