"""Takes a package over: one transaction for each case, so that it can stop anywhere and go on."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from diarium.archive.import_models import ImportState, PackageImport
from diarium.archive.importing import contents, ordering, rows, rows_beside, setting_up, surveying
from diarium.archive.importing.errors import ImportRefused
from diarium.archive.importing.ground import Ground
from diarium.archive.importing.model import Choices, Conflict, ConflictKind, ConflictList, Counts
from diarium.archive.importing.setting_up import Keys
from diarium.archive.package_model import PackageCase, PackageDispatch
from diarium.archive.reading import ReadCase, ReadPackage, read_package
from diarium.audit import service as audit
from diarium.changes import turns
from diarium.correspondence.models import OutgoingMessage
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.files.store import BlobStore
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor
from diarium.register import loose_references, series, taking_over
from diarium.register.models import Case, Record, Withdrawal
from diarium.register.taking_over import AlreadyHere, NumberTaken, Origin

Opener = Callable[[PackageImport], AbstractContextManager[Path]]
"""Opens the folder of the package that an import is about."""
log = structlog.get_logger()
_UNDER_WAY: Final = (ImportState.WAITING, ImportState.RUNNING)
_NOT_KNOWN: Final = "okänt system"


class _Stopped(Exception):
    """Somebody stopped the import or ended it already, or the process is to end."""


def run_import(
    database: Database,
    store: BlobStore,
    opener: Opener,
    import_uid: uuid.UUID,
    *,
    on_case: Callable[[int, int], None] = lambda done, total: None,
    is_stopping: Callable[[], bool] = lambda: False,
    waits: bool = False,
) -> None:
    """Takes over what is left of an import and notes the outcome on it; one that is finished is left as it is.

    One import runs at a time among all processes: another is left for later, or with `waits`, comes after it. What
    is wrong with the package ends in the import's state and `error`, not in an exception; faults of the program
    end in both. `on_case`: told cases
    done and in all; `is_stopping`: whether the process is to end, which leaves the rest to the next.
    """
    with use_locale(SOURCE_LOCALE), turns.turn(database, "imports run", wait=waits) as is_ours:
        if not is_ours:
            return
        try:
            begun = _begin(database, import_uid)
            if begun is None:
                return
            with opener(begun.row) as folder:
                package = read_package(folder)
                if package.package_id[:255] != begun.row.package_id:  # another one lies there now
                    raise ImportRefused(_("Paketet finns inte kvar. Lämna in det igen och ta över det på nytt."))
                _Run(database, store, begun, package, on_case, is_stopping).run()
        except _Stopped:
            return
        except DomainError as error:
            _fail(database, import_uid, error.message)
        except OSError as error:
            log.exception("import failed", import_uid=str(import_uid))
            _fail(database, import_uid, _("Filerna kunde inte läsas: %(why)s.", why=error.strerror or error))
        except Exception:  # left under way, it would be begun again for ever, before all that wait
            _fail(database, import_uid, _("Något gick fel hos oss."))
            raise


@dataclass(frozen=True, slots=True)
class ImportChore:
    """Takes over the received packages that are waiting, one at a time. It may take hours: a long chore.

    What somebody takes over from the command line is run there: its package may lie where no worker sees it.
    """

    database: Database
    store: BlobStore
    opener: Opener
    name: str = "imports"
    every: float = 3.0

    def run(self, stop: threading.Event) -> int:
        """Runs every import that waits or was interrupted, until `stop` is set; returns how many."""
        done = 0
        for uid in self._waiting():
            if stop.is_set():
                break
            run_import(self.database, self.store, self.opener, uid, is_stopping=stop.is_set)
            done += 1
        return done

    def _waiting(self) -> list[uuid.UUID]:
        with self.database.reading() as session:
            waiting = (PackageImport.state.in_(_UNDER_WAY), PackageImport.received_uid.is_not(None))
            query = select(PackageImport.uid).where(*waiting)
            return list(session.scalars(query.order_by(PackageImport.id)))


@dataclass(frozen=True, slots=True)
class _Begun:
    row: PackageImport
    actor: Actor
    choices: Choices


class _Run:
    """One import under way."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        begun: _Begun,
        package: ReadPackage,
        on_case: Callable[[int, int], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._is_stopping = is_stopping
        self._database = database
        self._store = store
        self._uid = begun.row.uid
        self._skip = begun.row.progress
        self._actor = begun.actor
        self._choices = begun.choices
        self._package = package
        self._on_case = on_case
        info = package.info
        system = " ".join(part for part in info.software if part) or _NOT_KNOWN
        self._origin = Origin(
            import_uid=self._uid,
            package_id=package.package_id[:255],
            creator=info.authority.name[:200],
            system=system[:200],
            is_read_only=self._choices.is_read_only,
            is_published=self._choices.is_published,
        )

    def run(self) -> None:
        """Sets up what cases rest on, takes the cases over, ties what was loose, and notes the end."""
        with self._database.unit_of_work() as session:
            row = self._row(session)
            keys = setting_up.prepare(session, self._actor, self._package.info, self._choices)
            row.authority_id, row.total = keys.authority_id, self._package.case_count
        for done, item in enumerate(self._package.read(), start=1):
            if done <= self._skip:
                continue
            if self._is_stopping():
                raise _Stopped
            self._case(item, keys, done)
            self._on_case(done, self._package.case_count)
        self._tie()
        self._finish()

    def _case(self, item: ReadCase, keys: Keys, done: int) -> None:
        conflict: Conflict | None
        try:
            conflict = self._take(item, keys, done)
        except AlreadyHere as error:
            conflict = Conflict(ConflictKind.OTHER_CONTENT, error.message, item.case.number_text)
        except NumberTaken:
            conflict = surveying.taken(item.case)
        except IntegrityError:  # somebody registered the same while we did
            log.warning("case not taken over", import_uid=str(self._uid), exc_info=True)
            message = _("Något i ärendet finns redan här under samma identitet.")
            conflict = Conflict(ConflictKind.OTHER_CONTENT, message, item.case.number_text)
        except DomainError as error:
            conflict = Conflict(ConflictKind.NOT_POSSIBLE, error.message, item.case.number_text)
        if conflict is not None:
            with self._database.unit_of_work() as session:
                self._note(self._row(session), item, done, conflict)

    def _take(self, item: ReadCase, keys: Keys, done: int) -> Conflict | None:
        """Takes the case over; what is in the way is returned, with nothing done."""
        with self._database.reading() as session:
            conflict = surveying.conflict_here(session, item.case)
        if conflict is not None:
            return conflict
        found = contents.take_in(self._package, item, self._store, keeps_incomplete=self._choices.keeps_incomplete)
        if found.conflict is not None:
            return found.conflict
        case = contents.without_missing(item.case, found.missing)
        with self._database.unit_of_work() as session:
            row = self._row(session)
            contents.add_rows(session, case, found)
            ground = Ground(session, self._actor, keys, found.checksums)
            self._write(session, case, ground, keys)
            self._note(row, item, done, None)
        ground.commit()
        return None

    def _write(self, session: Session, case: PackageCase, ground: Ground, keys: Keys) -> None:
        number = None
        if not case.number:
            number = series.next_number(session, ground.series(case.series_code), case.year)
        row = rows.taken_case(case, ground, number=number, is_read_only=self._choices.is_read_only)
        if case.series_code in keys.opened_series:  # its titles were never for the public
            reason = _("Diarieserien visar bara nummer och datum för allmänheten.")
            row.case.withdrawals.append(
                Withdrawal(reason=reason, made_by_id=self._actor.user_id, made_by_name=self._actor.name)
            )
        taken = taking_over.take_over(session, self._actor, row, self._origin)
        _add_dispatches(session, case, taken, ground)

    def _row(self, session: Session) -> PackageImport:
        """The import, locked. Raises: _Stopped if it is no longer to run."""
        query = select(PackageImport).where(PackageImport.uid == self._uid)
        row = session.scalars(query.with_for_update(of=PackageImport)).one()
        if row.state is not ImportState.RUNNING:
            raise _Stopped
        return row

    def _note(self, row: PackageImport, item: ReadCase, done: int, conflict: Conflict | None) -> None:
        counts = Counts.of_json(row.counts)
        records = list(item.case.records)
        counts.cases += 1
        counts.new += conflict is None
        counts.left_out += conflict is not None
        if conflict is None:
            counts.records += len(records)
            counts.documents += sum(1 for _document in contents.documents_of(item.case))
        row.counts, row.progress = counts.to_json(), done
        told = ConflictList([Conflict.of_json(kept) for kept in row.conflicts])
        news = [Conflict(ConflictKind.UNCERTAIN, text, item.case.number_text) for text in item.remarks]
        for one in [*([conflict] if conflict else []), *(news if conflict is None else [])]:
            told.add(one)
        if len(told.told) != len(row.conflicts):
            row.conflicts = [one.to_json() for one in told.told]

    def _tie(self) -> None:
        """What cases of this or earlier packages refer to may have come now."""
        after: int | None = 0
        while after is not None:
            with self._database.unit_of_work() as session:
                after = loose_references.tie_what_came(session, after)

    def _finish(self) -> None:
        with self._database.unit_of_work() as session:
            row = self._row(session)
            row.state, row.finished_at = ImportState.DONE, now()
            audit.write(session, self._actor, "import.done", ordering.subject(row), after=dict(row.counts))


def _begin(database: Database, import_uid: uuid.UUID) -> _Begun | None:
    """Takes the import in hand; None if it is finished. It runs with the rights that its asker has now."""
    with database.unit_of_work() as session:
        query = select(PackageImport).where(PackageImport.uid == import_uid)
        row = session.scalars(query.with_for_update(of=PackageImport)).one()
        if row.state not in _UNDER_WAY:
            return None
        row.state = ImportState.RUNNING
        asker = session.get(User, row.requested_by_id) if row.requested_by_id else None
        actor = identity.actor_of(asker) if asker is not None else SYSTEM
        session.flush()
        session.expunge(row)
        return _Begun(row, actor, Choices.read(row.mode, row.choices))


def _fail(database: Database, import_uid: uuid.UUID, reason: str) -> None:
    with database.unit_of_work() as session:
        query = select(PackageImport).where(PackageImport.uid == import_uid)
        row = session.scalars(query.with_for_update(of=PackageImport)).one()
        if row.state is ImportState.RUNNING:
            row.state, row.error = ImportState.FAILED, reason
            audit.write(session, SYSTEM, "import.failed", ordering.subject(row), reason=reason)


def _add_dispatches(session: Session, case: PackageCase, taken: Case, ground: Ground) -> None:
    """What was sent of the records: told, and never sent from here."""
    by_uid = {record.uid: record for record in taken.records}
    for record in case.records:
        for item in record.dispatches:
            session.add(_dispatch(session, by_uid[record.uid], item, ground))
    session.flush()


def _dispatch(session: Session, record: Record, item: PackageDispatch, ground: Ground) -> OutgoingMessage:
    content = item.content_sha256
    if content is not None and not ground.holds(content):
        content = None  # not of the package: what else lies in the store is nobody's to claim by its checksum
    row = rows_beside.dispatch(item, record, content, ground)
    if row.message_id and session.scalar(
        select(OutgoingMessage.id).where(OutgoingMessage.message_id == row.message_id)
    ):
        row.message_id = None  # the same letter belongs to another record here
    return row
