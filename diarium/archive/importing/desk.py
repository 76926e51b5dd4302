"""What the pages of imports ask for: a received package seen with choices, and the order to take it over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from diarium.archive import received
from diarium.archive.import_models import PackageImport
from diarium.archive.importing import matching, ordering, surveying
from diarium.archive.importing.errors import ImportRefused
from diarium.archive.importing.model import Choices, Preview
from diarium.archive.reading import UnreadablePackage, read_package
from diarium.archive.received_models import ReceivedPackage, ReceivedState
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority

MOST_CASES: Final = 2000
"""Cases looked at while somebody waits for the page."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A received package before it is taken over. `obstacle`: why it cannot be looked into, in words.

    `errors`: how many the check found. `authorities`: (code, name) of those that it may go to.
    """

    package: ReceivedPackage
    obstacle: str | None
    errors: int
    choices: Choices
    preview: Preview | None
    authorities: Sequence[tuple[str, str]]
    earlier: Sequence[PackageImport]


def look(database: Database, export_folder: Path, actor: Actor, uid: uuid.UUID, choices: Choices | None) -> Desk:
    """The package with what taking it over would do; without choices, with those that are likely meant.

    Raises: NotFound; NotAllowed (an authority that is not the actor's); PackageGone, PackageBusy.
    """
    with database.reading() as session:
        package = received.find(session, actor, uid)
        owner = matching.authority_with(session, choices.authority) if choices is not None else None
        if owner is not None:
            actor.require(Permission.EXPORT, owner.code)
        authorities = [
            (row.code, row.name)
            for row in session.execute(select(Authority.code, Authority.name).order_by(Authority.name))
            if actor.may(Permission.EXPORT, row.code)
        ]
    obstacle = _obstacle(package)
    preview = None
    if obstacle is None:
        try:
            with received.opened(export_folder, package) as folder, database.reading() as session:
                read = read_package(folder)
                choices = choices or surveying.suggested(session, read)
                preview = surveying.preview(session, read, choices, most_cases=MOST_CASES)
        except UnreadablePackage as error:
            obstacle = error.message
    with database.reading() as session:
        earlier = ordering.imports_of(session, actor, uid, preview.package_id if preview else "")
    return Desk(package, obstacle, package.errors or 0, choices or Choices(), preview, authorities, earlier)


def order(
    database: Database,
    export_folder: Path,
    actor: Actor,
    uid: uuid.UUID,
    choices: Choices,
    *,
    accepts_errors: bool,
) -> uuid.UUID:
    """Leaves the package to the worker; returns the import's identifier.

    Raises: NotFound, NotAllowed; ImportRefused with the field; ImportUnderWay; UnreadablePackage; PackageGone.
    """
    with database.reading() as session:
        package = received.find(session, actor, uid)
    obstacle = _obstacle(package)
    if obstacle is not None:
        raise DomainError(obstacle)
    if package.errors and not accepts_errors:
        raise ImportRefused(
            _("Kontrollen fann fel i paketet. Läs rapporten, och kryssa i att paketet ska tas över ändå."),
            field="accepts_errors",
        )
    with received.opened(export_folder, package) as folder:
        read = read_package(folder)
        with database.unit_of_work() as session:
            row = ordering.request_import(session, actor, read, choices, source=package.name, received_uid=uid)
            return row.uid


def _obstacle(package: ReceivedPackage) -> str | None:
    """Only what has been checked is opened: a hostile package is found out by the check."""
    if package.state is ReceivedState.FAILED:
        return package.error or _("Paketet kunde inte kontrolleras.")
    if package.state is not ReceivedState.CHECKED:
        return _("Paketet kontrolleras fortfarande. Vänta tills rapporten är klar.")
    if not (package.report or {}).get("usable"):
        return _("Kontrollen visar att paketet inte går att läsa. Se rapporten.")
    return None
