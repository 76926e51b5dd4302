"""The files of the form: those that are there already, chosen or not, in their order, and new ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import request

from diarium.errors import DomainError
from diarium.files.locked import is_locked
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.register.commands import DocumentFacts
from diarium.web import context, uploads
from diarium.web.arguments import whole_number


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that can be registered with the record, and whether it is to be. `is_new`: sent just now."""

    file: UploadedFile
    is_chosen: bool = True
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    """A file as the form shows it: with a ticket by which this user can send it again."""

    ticket: str
    file_name: str
    size: int
    is_chosen: bool
    is_new: bool


def collect() -> tuple[list[Attachment], str | None]:
    """The files of the sent form, and what was wrong with one, if any."""
    kept, problem = uploads.collect()
    chosen = {(file.sha256, file.file_name) for file in kept}
    offered = _offered()
    found: dict[tuple[str, str], Attachment] = {}
    for place, file in enumerate([*offered, *kept]):
        key = (file.sha256, file.file_name)
        found.setdefault(key, Attachment(file, key in chosen, is_new=place >= len(offered)))
    return list(found.values()), problem


def moved_up(attached: Sequence[Attachment], place: str) -> list[Attachment]:
    """The files with the one at `place` (from 1) before the one above it."""
    files, index = list(attached), whole_number(place, 0, len(attached)) - 1
    if index > 0:
        files[index - 1], files[index] = files[index], files[index - 1]
    return files


def of_files(files: Iterable[UploadedFile]) -> list[Attachment]:
    """Files that come from elsewhere (an item, a draft): all chosen."""
    return [Attachment(file) for file in files]


def chosen_files(attached: Iterable[Attachment]) -> list[UploadedFile]:
    """The files that are to be registered, in order."""
    return [item.file for item in attached if item.is_chosen]


def as_documents(attached: Iterable[Attachment]) -> tuple[DocumentFacts, ...]:
    """The chosen files as facts of the record."""
    return uploads.as_documents(chosen_files(attached))


def shown(attached: Iterable[Attachment]) -> list[ShownAttachment]:
    """The files with new tickets."""
    items = list(attached)
    tickets = uploads.as_tickets([item.file for item in items])
    return [
        ShownAttachment(ticket, file.file_name, file.size, item.is_chosen, item.is_new)
        for item, (ticket, file) in zip(items, tickets, strict=True)
    ]


def locked_warning(attached: Iterable[Attachment]) -> str | None:
    """A message about chosen files that look locked: the sender can be asked while it is fresh."""
    blobs = context.diarium().blobs
    locked = [
        file.file_name
        for file in chosen_files(attached)
        if blobs.exists(file.sha256) and is_locked(blobs.path(file.sha256))
    ]
    if not locked:
        return None
    return _(
        "Filen ”%(name)s” ser ut att vara låst med lösenord. Be avsändaren om en öppen fil, eller bekräfta här "
        "nedanför att den ska registreras som den är.",
        name="”, ”".join(locked),
    )


def _offered() -> list[UploadedFile]:
    """The files that the form offered, chosen or not; a ticket that has gone out is left to `uploads.collect`."""
    found: list[UploadedFile] = []
    for ticket in request.form.getlist("offered_file"):
        try:
            found.append(uploads.tickets().read(context.actor().user_id, ticket))
        except DomainError:
            continue
    return found
