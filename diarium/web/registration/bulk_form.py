"""The page of many registrations as values: what they share, and a row for each."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from werkzeug.datastructures import MultiDict

from diarium.assistance.bulk import BulkLine
from diarium.errors import DomainError
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.intake.prefilling import ItemForForm
from diarium.web import context, uploads
from diarium.web.arguments import whole_number
from diarium.web.registration.form import FormErrors, cleaned, field_id, to_command
from diarium.web.registration.page import uid_of

COMMON = (
    "case_choice", "case", "authority", "classification", "responsible", "direction", "record_type", "medium",
    "secrecy", "provision", "scope",
)  # fmt: skip
OWN = ("title", "official_on", "sender", "sender_kind", "sender_email")
# What a command says of its fields, by the fields of a row; the rest is said of what the rows share.
_ROW_FIELDS = {
    "title": "title",
    "case_title": "title",
    "official_on": "official_on",
    "party-0-name": "sender",
    "party-0-kind": "sender_kind",
    "party-0-email": "sender_email",
    "files": "files",
}
_MOST_VERSIONS = 2**31 - 1
_SEPARATORS = re.compile(r"[_\s]+")


@dataclass(slots=True)
class BulkRow:
    """A row: what is its own, its files, the item of the inbox that it comes from, and what is said about it."""

    number: int
    values: dict[str, str]
    files: list[UploadedFile] = field(default_factory=list)
    item: uuid.UUID | None = None
    version: int = 0
    is_chosen: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    shared_errors: dict[str, str] = field(default_factory=dict)
    registered: str | None = None
    record: uuid.UUID | None = None

    @property
    def is_bad(self) -> bool:
        """Whether anything of it, or of what it shares, has to be mended."""
        return bool(self.errors or self.shared_errors)

    @property
    def tickets(self) -> list[str]:
        """The files as they are sent again."""
        return [ticket for ticket, _file in uploads.as_tickets(self.files)]

    @property
    def file_names(self) -> str:
        """The files in a line."""
        return ", ".join(file.file_name for file in self.files)


def rows_of(form: MultiDict[str, str]) -> list[BulkRow]:
    """The rows that the form holds, in their order, without those that were registered."""
    numbers = [whole_number(text, 0, 10_000) for text in form.getlist("row")]
    return [_row(form, number) for number in dict.fromkeys(numbers) if number]


def of_files(files: Iterable[UploadedFile], common: Mapping[str, str], *, after: int) -> list[BulkRow]:
    """A row for each new file, named after it."""
    return [
        BulkRow(number, {"title": title_of(file.file_name), **_defaults(common)}, [file])
        for number, file in enumerate(files, start=after + 1)
    ]


def of_item(item: ItemForForm, number: int) -> BulkRow:
    """A row for an item of the inbox."""
    values = {
        "title": item.values.get("title", ""),
        "official_on": item.values.get("official_on", ""),
        "sender": item.values.get("party-0-name", ""),
        "sender_kind": item.values.get("party-0-kind", "person"),
        "sender_email": item.values.get("party-0-email", ""),
    }
    return BulkRow(number, values, list(item.files), item.uid, item.version)


def title_of(file_name: str) -> str:
    """A title to begin with: the file's name without its ending."""
    return _SEPARATORS.sub(" ", PurePath(file_name).stem).strip()[:500]


def line(row: BulkRow, common: Mapping[str, str]) -> BulkLine | None:
    """What the row registers; None, with the messages in the row, where something can't be read."""
    values = {
        **common,
        **row.values,
        "case_title": row.values.get("title", ""),
        "party-0-name": row.values.get("sender", ""),
        "party-0-kind": row.values.get("sender_kind", "person"),
        "party-0-email": row.values.get("sender_email", ""),
    }
    try:
        command = to_command(values)
    except FormErrors as failure:
        say(row, failure.errors)
        return None
    return BulkLine(row.number, replace(command, documents=uploads.as_documents(row.files)))


def say(row: BulkRow, errors: Mapping[str | None, str] | Mapping[str, str]) -> None:
    """Puts messages at the row's fields, or at what all rows share; the rest is said of the whole row."""
    for name, message in errors.items():
        if field_id(name) in COMMON:
            row.shared_errors[field_id(name)] = message
            continue
        place = _ROW_FIELDS.get(field_id(name), "")
        row.errors[place] = f"{row.errors[place]} {message}" if row.errors.get(place) else message


def _row(form: MultiDict[str, str], number: int) -> BulkRow:
    start = f"row-{number}-"
    values, errors = cleaned({name: form.get(f"{start}{name}", "") for name in OWN})
    row = BulkRow(
        number,
        values,
        item=uid_of(form.get(f"{start}post")),
        version=whole_number(form.get(f"{start}version"), 0, _MOST_VERSIONS),
        is_chosen=form.get(f"{start}chosen") == "1",
        errors=errors,
    )
    for ticket in form.getlist(f"{start}file"):
        try:
            row.files.append(uploads.tickets().read(context.actor().user_id, ticket))
        except DomainError as error:
            row.errors["files"] = error.message
    if not row.files and not row.errors.get("files") and row.item is None:
        row.errors["files"] = _("Raden har ingen fil.")
    return row


def _defaults(common: Mapping[str, str]) -> dict[str, str]:
    return {
        "official_on": common.get("official_on", ""),
        "sender": common.get("sender", ""),
        "sender_kind": common.get("sender_kind", "organisation"),
    }
