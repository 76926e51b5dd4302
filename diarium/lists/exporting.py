"""Exports of lists: what the actor sees, as a file, noted in the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.identity.permissions import Actor
from diarium.lists import filtering, paging, showing
from diarium.lists.export import MOST_ROWS, Exported, Form, write_file
from diarium.lists.filtering import Criteria
from diarium.lists.model import ListDefinition, Value
from diarium.register import queries

EXPORTS_UID = uuid.UUID("5ea2c400-0000-4000-8000-000000000002")
"""One identifier for all exports of lists: their events are found together, whoever made them."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ListExport:
    """A finished file of a list, and what in it is restricted."""

    file: Exported
    shown: tuple[queries.Shown, ...]


def export(
    session: Session, actor: Actor, definition: ListDefinition, criteria: Criteria, *, sort: str | None, form: Form
) -> ListExport:
    """The list as the actor may see it, as a file. Memory and number of queries follow the batch, not the list.

    Raises: InvalidFilter; UnknownList without permission.
    """
    shown: list[queries.Shown] = []
    # What can't be read is told before anything is written.
    filtering.conditions(definition.filters, actor, criteria)

    def rows() -> Iterator[Sequence[Value]]:
        # One more than is written: so the file knows that it is cut.
        batches = paging.walk_rows(
            session, actor, definition, criteria, sort=sort, most=MOST_ROWS + 1, batch=_BATCH
        )
        for batch in batches:
            shown.extend(showing.restricted_of(session, actor, batch))
            yield from (row.values for row in batch)

    labels = [str(column.label) for column in definition.columns]
    return ListExport(write_file(form, labels, rows()), tuple(shown))


def note(
    session: Session,
    actor: Actor,
    name: str,
    label: str,
    filters: Mapping[str, object],
    form: Form,
    file: Exported,
) -> None:
    """Writes the audit event of an export: which list or search, with which filters, how many rows."""
    after = {"list": name, "filters": dict(filters), "form": form, "rows": file.rows, "is_cut": file.is_cut}
    audit.write(session, actor, "list.exported", audit.Subject("list", EXPORTS_UID, label), after=after)
