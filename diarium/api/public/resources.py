"""The operations of the open API: cases, records, daily lists, files, authorities and classes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

from flask import Response, send_file, url_for

from diarium import __version__
from diarium.api import common
from diarium.api.paging import next_page
from diarium.api.public import cursor, schemas, shapes
from diarium.api.public.context import OpenResource, register, side
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public import listing
from diarium.public.listing import CaseWish, RecordWish
from diarium.public.models import PublicRecord

API_VERSION = "1.0.0"
RELEASED = dt.date(2026, 1, 1)
Paged = tuple[dict[str, object], int, dict[str, str]]
cases = OpenResource("cases", __name__, "Ärenden")
records = OpenResource("records", __name__, "Handlingar")
documents = OpenResource("documents", __name__, "Filer")
lookups = OpenResource("lookups", __name__, "Myndigheter och klasser")
information = OpenResource("information", __name__, "Om API:et")
_BINARY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_CONTENT = {
    "responses": {
        "200": {"description": "The file's bytes", "content": {"application/octet-stream": _BINARY}},
        "default": {"$ref": "#/components/responses/DEFAULT_ERROR"},
    }
}


@cases.operation("/cases", query=schemas.CaseQuerySchema, answer=schemas.CasesSchema)
def list_cases(wanted: dict[str, Any]) -> Paged:
    """Lists cases, the newest number first."""
    limit: int = wanted["limit"]
    after = cursor.read(wanted["cursor"], (int, int, int), "cases", wanted)
    wish = CaseWish(wanted["authority"], wanted["year"], wanted["status"], wanted["class_code"])
    place = cast("tuple[int, int, int] | None", after)
    found = listing.cases(register().database, wish, after=place, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    following = cursor.write((last.year, last.number, last.id), "cases", wanted) if last else None
    return _page({"cases": [shapes.of_case(case) for case in shown]}, following)


@cases.operation("/cases/<uuid:uid>", answer=schemas.CaseSchema)
def show_case(uid: uuid.UUID) -> dict[str, object]:
    """Shows a case. Its records: `/cases/{uid}/records`."""
    return shapes.of_case(listing.case(register().database, uid))


@cases.operation("/cases/<uuid:uid>/records", query=schemas.PagedSchema, answer=schemas.RecordsSchema)
def list_records_of_case(wanted: dict[str, Any], uid: uuid.UUID) -> Paged:
    """Lists the records of a case by running number. A number that is missing here is not shown on the web."""
    limit: int = wanted["limit"]
    name = f"records of {uid}"
    after = cast("tuple[int] | None", cursor.read(wanted["cursor"], (int,), name, wanted))
    case, found = listing.records_of_case(
        register().database, uid, after=after[0] if after else None, limit=limit + 1
    )
    shown = found[:limit]
    following = cursor.write((shown[-1].running_number,), name, wanted) if len(found) > limit else None
    return _page({"records": [shapes.of_record(record, case) for record in shown]}, following)


@records.operation("/records", query=schemas.RecordQuerySchema, answer=schemas.RecordsSchema)
def list_records(wanted: dict[str, Any]) -> Paged:
    """Lists records, the newest day first."""
    wish = RecordWish(wanted["authority"], wanted["direction"], wanted["date_from"], wanted["date_to"])
    shown, following = _records(wish, "records", wanted)
    return _page({"records": shown}, following)


@records.operation("/records/<uuid:uid>", answer=schemas.RecordSchema)
def show_record(uid: uuid.UUID) -> dict[str, object]:
    """Shows a record with its released files."""
    return _of_record(listing.record(register().database, uid))


@records.operation("/postlista", query=schemas.DailyQuerySchema, answer=schemas.DailyListSchema)
def daily_list(wanted: dict[str, Any]) -> Paged:
    """Lists the records of a day, as the page *postlista* does."""
    authority: str | None = wanted["authority"]
    database = register().database
    if authority is not None and authority not in {row.code for row in register().authorities()}:
        raise NotFound(_("Det finns ingen myndighet med koden ”%(code)s”.", code=authority))
    day: dt.date = wanted["day"] or listing.last_day(database, authority, today()) or today()
    wish = RecordWish(authority, None, day, day)
    shown, following = _records(wish, "postlista", wanted | {"day": day})
    previous, later = listing.neighbouring_days(database, authority, day)
    facts = {"day": day, "authority": authority, "previous": previous, "following": later}
    return _page({**facts, "records": shown}, following)


@documents.operation("/documents/<uuid:uid>", answer=schemas.DocumentSchema)
def show_document(uid: uuid.UUID) -> dict[str, object]:
    """Tells of a released file."""
    return shapes.of_document(listing.document(register().database, uid))


@documents.operation("/documents/<uuid:uid>/content", answer=None, documentation=_CONTENT)
def content(uid: uuid.UUID) -> Response:
    """Gives the bytes of a released file, always as an attachment."""
    found = register().document(uid)
    try:
        answer = send_file(
            found.path,
            mimetype="application/octet-stream",
            as_attachment=True,
            download_name=found.file_name,
            conditional=True,
            etag=found.sha256,
        )
    except FileNotFoundError:  # withdrawn just now
        raise NotFound(_("Filen finns inte i det öppna diariet.")) from None
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Asked for anew each time, so that a withdrawn file is gone from caches too.
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers.pop("Last-Modified", None)
    return answer


@lookups.operation("/authorities", query=schemas.QuerySchema, answer=schemas.AuthoritiesSchema)
def authorities(_wanted: dict[str, Any]) -> dict[str, object]:
    """Lists the authorities whose registers are open here."""
    return {"authorities": register().authorities()}


@lookups.operation("/classes", query=schemas.QuerySchema, answer=schemas.ClassesSchema)
def classes(_wanted: dict[str, Any]) -> dict[str, object]:
    """Lists the classes that the shown cases belong to."""
    return {"classes": listing.classes(register().database)}


@information.operation("/api-info", query=schemas.QuerySchema, answer=common.InfoSchema)
def api_info(_wanted: dict[str, Any]) -> dict[str, object]:
    """Tells name, version and where the description lies."""
    settings = side().settings
    return {
        "api_name": f"diarium öppet diarium {__version__}",
        "api_version": API_VERSION,
        "api_released": RELEASED,
        "api_documentation": url_for("open-api-docs.openapi_json", _external=True),
        "api_status": "active",
        "organisation": settings.organisation_name,
        "contact": settings.organisation_email,
    }


def _records(wish: RecordWish, name: str, wanted: dict[str, Any]) -> tuple[list[dict[str, object]], str | None]:
    limit: int = wanted["limit"]
    after = cast("tuple[dt.date, int] | None", cursor.read(wanted["cursor"], (dt.date, int), name, wanted))
    found = listing.records(register().database, wish, after=after, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    following = cursor.write((last.official_on, last.id), name, wanted) if last else None
    return [_of_record(record) for record in shown], following


def _of_record(record: PublicRecord) -> dict[str, object]:
    return shapes.of_record(record, record.case)


def _page(body: dict[str, object], following: str | None) -> Paged:
    return {**body, "next_cursor": following}, 200, next_page(following)
