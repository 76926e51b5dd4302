"""Folders and files of a package: their facts, checksums, contents, and XML as it stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from diarium.archive.reading_room import packages, raw_xml
from diarium.archive.reading_room.catalogue import Catalogue
from diarium.archive.reading_room.file_texts import file_in
from diarium.archive.reading_room.fixity import Outcome, check
from diarium.archive.reading_room.packages import ReadablePackage
from diarium.archive.reading_room.views import FileRow
from diarium.errors import NotFound
from diarium.files.guessing import guess_mime
from diarium.files.names import safe_file_name
from diarium.files.previews import IMAGES, SHOWABLE
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.reading_room import presenting
from diarium.web.reading_room.frame import (
    blueprint,
    export_folder,
    note,
    note_marked_file,
    number_from,
    page,
    reading,
)

_HEAD = 16_384
# Whatever is in a file, it can't reach anything from where it is shown.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@blueprint.get("/mapp")
@blueprint.get("/mapp/<int(max=1000000000000000):folder_id>")
@context.staff(Permission.EXPORT)
def folder(uid: uuid.UUID, folder_id: int | None = None) -> ResponseReturnValue:
    """A folder with what lies in it, and the folders around it."""
    with reading(uid) as (found, catalogue):
        shown = catalogue.folder(folder_id)
        if shown is None:
            abort(404)
        files = catalogue.files_in(shown, after=number_from("efter"))
        missing = catalogue.missing_files() if folder_id is None else None
        following = files.following
        return page(
            "folder",
            found,
            "folder",
            folder=shown,
            above=catalogue.folders_above(shown),
            folders=catalogue.folders_in(shown),
            files=files.rows,
            missing=missing.rows if missing else (),
            is_first="efter" not in request.args,
            next_url=following and url_for("reading_room.folder", uid=uid, folder_id=shown.id, efter=following),
        )


@blueprint.get("/fil/<int(max=1000000000000000):file_id>")
@context.staff(Permission.EXPORT)
def file(uid: uuid.UUID, file_id: int) -> ResponseReturnValue:
    """A file: what is known of it, what names it, what has happened to it, and a look inside."""
    with reading(uid) as (found, catalogue):
        shown = _file(catalogue, file_id)
        note_marked_file(found, "file", shown)
        mime = ""
        if shown.size is not None and not shown.is_closed:
            with _content(found, shown) as path:
                mime = _mime_of(path)
        return page(
            "file",
            found,
            "folder",
            file=shown,
            items=catalogue.items_of(shown),
            preservation=catalogue.preservation_of(shown),
            folder=catalogue.folder(shown.folder_id) if shown.folder_id else None,
            documents=[one for one in catalogue.documents() if one.file_id == shown.id],
            premis_label=presenting.premis_label,
            moment=presenting.moment,
            is_showable=mime in SHOWABLE,
            is_image=mime in IMAGES,
        )


@blueprint.get("/fil/<int(max=1000000000000000):file_id>/hamta")
@context.staff(Permission.EXPORT)
def download(uid: uuid.UUID, file_id: int) -> ResponseReturnValue:
    """The file, as a download. It is noted."""
    return _sent(uid, file_id, is_shown=False)


@blueprint.get("/fil/<int(max=1000000000000000):file_id>/visa")
@context.staff(Permission.EXPORT)
def show(uid: uuid.UUID, file_id: int) -> ResponseReturnValue:
    """The file in a window of its own where its kind can hold nothing active, else as a download. It is noted."""
    return _sent(uid, file_id, is_shown=True)


@blueprint.post("/fil/<int(max=1000000000000000):file_id>/kontrollera")
@context.staff(Permission.EXPORT)
def check_file(uid: uuid.UUID, file_id: int) -> ResponseReturnValue:
    """Reads the whole file and compares it with the checksum that the package gives for it."""
    with reading(uid) as (found, catalogue):
        shown = _file(catalogue, file_id)
        with _content(found, shown) as path:
            outcome = check(path, shown.checksum or "", shown.checksum_type or "")
    told = {
        Outcome.SAME: (_("Kontrollsumman stämmer. Filen är oförändrad."), "success"),
        Outcome.OTHER: (_("Kontrollsumman stämmer inte. Filen är ändrad eller skadad."), "error"),
        Outcome.UNKNOWN: (_("Paketet anger ingen kontrollsumma för filen som kan kontrolleras."), "warning"),
    }
    flash(*told[outcome])
    return redirect(url_for("reading_room.file", uid=uid, file_id=file_id))


@blueprint.get("/fil/<int(max=1000000000000000):file_id>/xml")
@context.staff(Permission.EXPORT)
def xml(uid: uuid.UUID, file_id: int) -> ResponseReturnValue:
    """A metadata file's XML as it stands, some elements at a time. It is noted."""
    with reading(uid) as (found, catalogue):
        shown = _file(catalogue, file_id)
        if shown.shape is None:
            abort(404)
        if shown.is_closed:
            return page("xml", found, "folder", file=shown, xml=None), 403
        place, wanted = number_from("plats"), max(1, number_from("sida", 1))
        if place:
            wanted = raw_xml.page_at(catalogue.connection, file_id, place)
        with _content(found, shown) as path:
            part = raw_xml.xml_page(catalogue.connection, path, file_id, wanted)
        if part is None:
            abort(404)
        note(found, "xml", file=shown.path or "")
        return page(
            "xml",
            found,
            "folder",
            file=shown,
            xml=part,
            pages=part.pages,
            page_url=lambda number: url_for("reading_room.xml", uid=uid, file_id=file_id, sida=number),
        )


def _sent(uid: uuid.UUID, file_id: int, *, is_shown: bool) -> Response:
    with reading(uid) as (found, catalogue):
        shown = _file(catalogue, file_id)
        if shown.is_closed:
            abort(403)
        with _content(found, shown) as path:
            note(found, "file", file=shown.path or "")
            mime = _mime_of(path)
            response: Response = send_file(
                path,
                mimetype=mime if mime in SHOWABLE else "application/octet-stream",
                as_attachment=not (is_shown and mime in SHOWABLE),
                download_name=safe_file_name(shown.original_name or shown.name or ""),
                etag=False,
            )
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _file(catalogue: Catalogue, file_id: int) -> FileRow:
    return catalogue.file(file_id) or abort(404)


@contextmanager
def _content(found: ReadablePackage, file: FileRow) -> Iterator[Path]:
    """Where the file's bytes lie. Raises: NotFound."""
    with packages.root_of(found, export_folder()) as root:
        path = file_in(root, file.path) if file.path is not None else None
        if path is None:
            raise NotFound(_("Filen finns inte i paketet."))
        yield path


def _mime_of(path: Path) -> str:
    with path.open("rb") as source:
        return guess_mime(source.read(_HEAD), PurePath(path.name).suffix.lower().lstrip("."))
