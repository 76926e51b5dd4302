"""Opens the package of an import: one that was received, or one that lies somewhere on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import select

from diarium.archive import received
from diarium.archive.import_models import PackageImport
from diarium.archive.importing.errors import ImportRefused
from diarium.archive.received_models import ReceivedPackage
from diarium.archive.validation import opening
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.model import Limits
from diarium.db.engine import Database
from diarium.i18n import gettext as _


def opener_for(database: Database, export_folder: Path) -> Callable[[PackageImport], AbstractContextManager[Path]]:
    """What opens the package of an import. Raises when used: PackageGone, PackageUnreadable, ImportRefused."""

    @contextmanager
    def opened(row: PackageImport) -> Iterator[Path]:
        if row.received_uid is None:
            with place(Path(row.source)) as folder:
                yield folder
            return
        with database.reading() as session:
            package = session.scalar(select(ReceivedPackage).where(ReceivedPackage.uid == row.received_uid))
        if package is None:
            raise ImportRefused(_("Paketet finns inte kvar. Lämna in det igen och ta över det på nytt."))
        with received.opened(export_folder, package) as folder:
            yield folder

    return opened


@contextmanager
def place(path: Path) -> Iterator[Path]:
    """A package on this machine: a folder as it is, an archive file unpacked under limits while it is used.

    Raises: ImportRefused.
    """
    findings = Collector(Limits().findings_per_rule)
    with opening.opened(path, Limits(), findings) as found:
        if found is None:
            first = next(iter(findings.findings()))
            raise ImportRefused(f"{first.message} {first.mend}")
        yield found[0]
