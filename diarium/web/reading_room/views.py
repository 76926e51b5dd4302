"""What the package tells: overview, lists, one case or record, search."""

from __future__ import annotations

import uuid

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.archive.reading_room import making, searching
from diarium.archive.reading_room.catalogue import Catalogue, ItemFilter, ItemPage
from diarium.archive.reading_room.labels import LABELS
from diarium.archive.reading_room.packages import ReadablePackage
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.showing import steps_of
from diarium.archive.reading_room.views import ItemRow
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.reading_room import presenting
from diarium.web.reading_room.frame import (
    LISTS,
    blueprint,
    export_folder,
    note,
    note_marked,
    number_from,
    package,
    page,
    reading,
)

REFRESH_SECONDS = 2
_TITLES = {
    ItemKind.CASE: lambda: _("Ärenden"),
    ItemKind.RECORD: lambda: _("Handlingar"),
    ItemKind.EVENT: lambda: _("Händelser"),
    ItemKind.OBJECT: lambda: _("Objekt i bevarandemetadata"),
    ItemKind.AGENT: lambda: _("Personer och program i bevarandemetadata"),
    ItemKind.RIGHTS: lambda: _("Rättigheter"),
}


@blueprint.get("")
@context.staff(Permission.EXPORT)
def tree(uid: uuid.UUID) -> ResponseReturnValue:
    """The package as a whole. Opening it is noted; the first time its catalogue is made."""
    found = package(uid)
    if not making.prepare(found, export_folder()):
        return _waiting(found)
    note(found, "overview")
    with found.room.reading(sees_protected=found.sees_protected) as catalogue:
        header = catalogue.header()
        return page(
            "overview",
            found,
            "tree",
            package_facts=presenting.facts_of(header, catalogue.days()),
            agents=presenting.agents_of(header),
            references=presenting.references_of(header),
            counts=catalogue.counts(),
            problems=catalogue.problems(),
            documents=catalogue.documents(),
            unread=catalogue.unread_files() if found.room.has_unread else 0,
        )


@blueprint.post("")
@context.staff(Permission.EXPORT)
def read_again(uid: uuid.UUID) -> ResponseReturnValue:
    """Tries anew to read a package that could not be read."""
    making.try_again(package(uid), export_folder())
    return redirect(url_for("reading_room.tree", uid=uid))


@blueprint.get("/lista/<kind>")
@context.staff(Permission.EXPORT)
def items(uid: uuid.UUID, kind: str) -> ResponseReturnValue:
    """The cases, records or events of the package, in its order."""
    if kind not in LISTS:
        abort(404)
    wanted = ItemFilter(
        request.args.get("q", "").strip()[:200],
        request.args.get("status", "")[:200],
        request.args.get("begransade") == "1",
    )
    with reading(uid) as (found, catalogue):
        shown = catalogue.items(LISTS[kind], wanted, after=number_from("efter"))
        note_marked(found, kind, shown.rows)
        statuses = [(code, presenting.status(code)) for code in catalogue.statuses(LISTS[kind])]
        return page(
            "listing",
            found,
            kind,
            heading=_TITLES[LISTS[kind]](),
            kind=kind,
            wanted=wanted,
            statuses=statuses,
            rows=shown.rows,
            next_url=_next(shown, uid=uid, kind=kind, q=wanted.text, status=wanted.status,
                           begransade="1" if wanted.only_restricted else ""),
            is_first="efter" not in request.args,
            status=presenting.status,
            premis_label=presenting.premis_label,
            moment=presenting.moment,
        )  # fmt: skip


@blueprint.get("/post/<int(max=1000000000000000):item_id>")
@context.staff(Permission.EXPORT)
def item(uid: uuid.UUID, item_id: int) -> ResponseReturnValue:
    """A case, a record, an event or a document: all that is told of it, its records and files."""
    with reading(uid) as (found, catalogue):
        shown = catalogue.item(item_id)
        part = max(1, number_from("del", 1))
        if shown is None or part > max(1, shown.parts):
            abort(404)
        note_marked(found, "item", [shown])
        return _item_page(found, catalogue, shown, part)


@blueprint.get("/sok")
@context.staff(Permission.EXPORT)
def search(uid: uuid.UUID) -> ResponseReturnValue:
    """What is found in the metadata and in the texts of the files."""
    text = request.args.get("q", "").strip()[:500]
    errors: dict[str, str] = {}
    with reading(uid) as (found, catalogue):
        hits = None
        if text:
            try:
                hits = searching.search(catalogue, text, after=number_from("efter"))
                note_marked(found, "search", [hit.item for hit in hits.hits if hit.item is not None])
            except searching.SearchTookTooLong as error:
                errors = {"q": error.message}
        following = hits.following if hits else None
        return page(
            "search",
            found,
            "search",
            text=text,
            hits=hits,
            most=searching.MOST_COUNTED,
            errors=errors,
            unread=catalogue.unread_files() if found.room.has_unread else 0,
            next_url=url_for("reading_room.search", uid=uid, q=text, efter=following) if following else None,
        ), (422 if errors else 200)


def _waiting(found: ReadablePackage) -> str:
    room = found.room
    failure = room.failure
    return page(
        "waiting",
        found,
        "tree",
        failure=failure,
        progress=room.progress,
        refresh_seconds=None if failure else REFRESH_SECONDS,
    )


def _item_page(found: ReadablePackage, catalogue: Catalogue, shown: ItemRow, part: int) -> str:
    within, lines = catalogue.part(shown, part - 1)
    records = catalogue.children(shown.id, ItemKind.RECORD, after=number_from("efter"))
    cases = catalogue.children(shown.id, ItemKind.CASE) if shown.kind is ItemKind.CASE else ItemPage((), None)
    files, missing = catalogue.files_of(shown)
    is_listed = shown.kind in (ItemKind.CASE, ItemKind.RECORD)
    return page(
        "item",
        found,
        {ItemKind.CASE: "arenden", ItemKind.RECORD: "handlingar", ItemKind.EVENT: "handelser"}.get(
            shown.kind, "tree"
        ),
        item=shown,
        above=catalogue.ancestors(shown),
        summary=presenting.summary(shown) if is_listed else [],
        steps=steps_of(lines, sees_protected=catalogue.sees_protected),
        within=[LABELS.element(name) for name in within],
        part=part,
        records=records.rows if is_listed else (),
        cases=cases.rows,
        files=files,
        missing=missing,
        document=catalogue.file(shown.file_id),
        next_url=_next(records, uid=found.uid, item_id=shown.id) if is_listed else None,
        is_first="efter" not in request.args,
        status=presenting.status,
        heading=presenting.title_of(shown),
        restriction_kind=presenting.restriction_kind,
        has_ended=presenting.has_ended,
        moment=presenting.moment,
        part_url=lambda number: url_for("reading_room.item", uid=found.uid, item_id=shown.id, **{"del": number}),
    )


def _next(shown: ItemPage, **values: object) -> str | None:
    if shown.following is None:
        return None
    given = {name: value for name, value in values.items() if value != ""}
    endpoint = "reading_room.items" if "kind" in given else "reading_room.item"
    return url_for(endpoint, **given, efter=shown.following)  # type: ignore[arg-type]
