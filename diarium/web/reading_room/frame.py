"""What every page of the reading room needs: the package, its catalogue, the tabs, the note in the log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import Blueprint, abort, request, url_for

from diarium.archive.reading_room import packages
from diarium.archive.reading_room.catalogue import Catalogue
from diarium.archive.reading_room.packages import ReadablePackage
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.views import FileRow, ItemRow
from diarium.i18n import gettext as _
from diarium.web import context
from diarium.web.arguments import whole_number

blueprint = Blueprint("reading_room", __name__, url_prefix="/intern/arkiv/paket/<uuid:uid>/las")
MOST_NUMBER = 10**15
LISTS: Mapping[str, ItemKind] = {
    "arenden": ItemKind.CASE,
    "handlingar": ItemKind.RECORD,
    "handelser": ItemKind.EVENT,
    "objekt": ItemKind.OBJECT,
    "program": ItemKind.AGENT,
    "rattigheter": ItemKind.RIGHTS,
}


def export_folder() -> Path:
    """Where packages lie."""
    return context.diarium().settings.export_folder


def package(uid: uuid.UUID) -> ReadablePackage:
    """The package, if the actor may open it. Raises: NotFound."""
    with context.diarium().database.reading() as session:
        return packages.find(session, context.actor(), uid, export_folder())


@contextmanager
def reading(uid: uuid.UUID) -> Iterator[tuple[ReadablePackage, Catalogue]]:
    """The package and its catalogue. Aborts with 404 while there is none: the first page makes it."""
    found = package(uid)
    if not found.room.is_ready:
        abort(404)
    with found.room.reading(sees_protected=found.sees_protected) as catalogue:
        yield found, catalogue


def note(found: ReadablePackage, place: str, **what: object) -> None:
    """Notes in the log that the actor reads in the package."""
    with context.diarium().database.unit_of_work() as session:
        packages.note(session, context.actor(), found, {"place": place, **what})


def note_marked(found: ReadablePackage, place: str, items: Sequence[ItemRow]) -> None:
    """Notes which restricted or protected things a page shows; nothing where there are none."""
    marked = [item.number or item.label for item in items if item.is_restricted or item.is_protected]
    if marked:
        note(found, place, numbers=marked)


def note_marked_file(found: ReadablePackage, place: str, file: FileRow) -> None:
    """Notes that the page of a restricted or protected file is shown."""
    if file.is_restricted or file.is_protected:
        note(found, place, file=file.path or str(file.id))


def page(template: str, found: ReadablePackage, here: str, **values: object) -> str:
    """Renders a page of the reading room; `here`: the tab it belongs to."""
    entries = [
        ("tree", _("Översikt"), url_for("reading_room.tree", uid=found.uid)),
        ("arenden", _("Ärenden"), url_for("reading_room.items", uid=found.uid, kind="arenden")),
        ("handlingar", _("Handlingar"), url_for("reading_room.items", uid=found.uid, kind="handlingar")),
        ("folder", _("Mappar och filer"), url_for("reading_room.folder", uid=found.uid)),
        ("handelser", _("Händelser"), url_for("reading_room.items", uid=found.uid, kind="handelser")),
        ("search", _("Sök i paketet"), url_for("reading_room.search", uid=found.uid)),
    ]
    tabs = [(label, address, name == here) for name, label, address in entries]
    return context.page(
        f"reading_room/{template}.html", package=found, room_tabs=tabs, home=_home(found), **values
    )


def _home(found: ReadablePackage) -> tuple[str, str]:
    """Where the package is found outside the reading room."""
    if found.is_own:
        return _("Uttag"), url_for("exports.details", uid=found.export_uid)
    return _("Paket"), url_for("packages.details", uid=found.uid)


def number_from(name: str, default: int = 0) -> int:
    """A whole number of the address."""
    return whole_number(request.args.get(name), default, MOST_NUMBER)
