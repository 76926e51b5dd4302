"""Collecting mail: each message once, in order, and none is lost, whatever happens on the way.

The item and the place up to which the mailbox has been collected are stored in one transaction. A message that
could not be taken in is remembered and tried again, at last without opening it; the others go on. Messages are
only looked at: they stay on the server, marked as read when they are safe here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.files.errors import SandboxUnavailable
from diarium.i18n import gettext as _
from diarium.intake import claims, imap
from diarium.intake.claims import Report
from diarium.intake.errors import CollectingFailed
from diarium.intake.imap import Address, ImapFolder, MessageNotGiven, Waiting
from diarium.intake.models import Mailbox
from diarium.intake.taking_in import Intake, Origin, Taken
from diarium.intake.vocabulary import Channel
from diarium.settings import SettingsError, secret

MAX_PER_RUN = 500
MAX_TRIES_OPENED = 2
_LOOKED_AT_ONCE = 50
# Faults of the house, not of a message: there is no use in going on to the next.
_OURS = (OperationalError, InterfaceError, SandboxUnavailable, OSError, CollectingFailed)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a mailbox has been collected."""

    mailbox_id: int
    mailbox_uid: str
    authority: str
    uid_validity: int
    last_uid: int
    failed: dict[int, int]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a mailbox looks like from here."""

    messages: int
    uncollected: int


def collect(
    intake: Intake, mailbox_id: int, *, password_of: Callable[[str], str] = secret, most: int = MAX_PER_RUN
) -> Report | None:
    """Collects what is new in a mailbox, at most `most` messages; None where somebody else is at it.

    What goes wrong with the server or the password is noted on the mailbox, in Swedish, and in the report.
    """
    if not claims.claim(intake.database, Mailbox, mailbox_id):
        return None
    with intake.database.reading() as session:
        mailbox = session.get_one(Mailbox, mailbox_id)
        name, address = mailbox.name, Address.of(mailbox)
    run = _Run(intake, most, Report(name))
    try:
        with imap.open_folder(address, password_of(address.password_variable)) as folder:
            run.over(folder, _place(intake.database, mailbox_id, folder.uid_validity))
    except (CollectingFailed, SettingsError) as refusal:
        run.report = replace(run.report, error=refusal.message)
    except Exception:
        log.exception("collecting mail failed", mailbox=name)
        problem = _("Ett fel uppstod i diarium när posten skulle tas emot. Se loggen.")
        run.report = replace(run.report, error=problem)
    claims.finish(intake.database, Mailbox, mailbox_id, run.report)
    log.info("mail collected", **_figures(run.report))
    return run.report


def probe(database: Database, mailbox_id: int, *, password_of: Callable[[str], str] = secret) -> Probe:
    """Tries to log in and look into the mailbox; nothing is fetched or changed.

    Raises: CollectingFailed, SettingsError with what is wrong.
    """
    with database.reading() as session:
        mailbox = session.get_one(Mailbox, mailbox_id)
        address, validity, last = Address.of(mailbox), mailbox.uid_validity, mailbox.last_uid
    with imap.open_folder(address, password_of(address.password_variable)) as folder:
        uncollected = folder.numbers_after(last if folder.uid_validity == validity else 0)
        return Probe(folder.message_count, len(uncollected))


@dataclass(slots=True)
class _Run:
    """One collecting under way; `report` holds what has been done so far, also when it ends early."""

    intake: Intake
    most: int
    report: Report

    def over(self, folder: ImapFolder, place: _Place) -> None:
        """Collects what waits in `folder`, the failed ones of earlier first."""
        new = folder.numbers_after(place.last_uid)
        every = [*sorted(place.failed), *new]
        uids = every[: self.most]
        self.report = replace(self.report, has_more=len(every) > self.most)
        for start in range(0, len(uids), _LOOKED_AT_ONCE):
            batch = uids[start : start + _LOOKED_AT_ONCE]
            done = [one.uid for one in folder.waiting(batch) if self._take(folder, place, one)]
            folder.mark_seen(done)

    def _take(self, folder: ImapFolder, place: _Place, one: Waiting) -> bool:
        """Whether all of the message is safe here now."""
        try:
            taken = _taken(self.intake, folder, place, one)
        except _OURS:
            raise
        except Exception:
            log.exception("message not taken in, tried again later", mailbox=place.mailbox_uid, uid=one.uid)
            with self.intake.database.unit_of_work() as session:
                _note_failure(session, place, one.uid)
            self.report = self.report.with_failure()
            return False
        self.report = self.report.with_taken(taken)
        return taken.is_whole


def _taken(intake: Intake, folder: ImapFolder, place: _Place, one: Waiting) -> Taken:
    tries = place.failed.get(one.uid, 0)
    key = f"imap:{place.mailbox_uid}:{place.uid_validity}:{one.uid}"
    origin = Origin(
        authority=place.authority,
        channel=Channel.EMAIL,
        received_at=one.received_at,
        reference_key=key,
        mailbox_id=place.mailbox_id,
        in_same_step=lambda session: _note_success(session, place, one.uid),
    )
    known = intake.known(origin)
    if known is not None:
        with intake.database.unit_of_work() as session:
            _note_success(session, place, one.uid)
        return known
    try:
        if one.size > intake.max_bytes:
            return intake.too_large_message(folder.header(one.uid), one.size, origin)
        content = folder.message(one.uid)
    except MessageNotGiven:
        if tries < MAX_TRIES_OPENED:
            raise
        return intake.message_not_given(one.uid, origin)
    return intake.message(content, origin, header_only=tries >= MAX_TRIES_OPENED)


def _place(database: Database, mailbox_id: int, uid_validity: int) -> _Place:
    """Where to go on. A server that numbers anew starts from the beginning: what is known is recognised."""
    with database.unit_of_work() as session:
        mailbox = session.get_one(Mailbox, mailbox_id, with_for_update=True)
        if mailbox.uid_validity != uid_validity:
            if mailbox.uid_validity is not None:
                log.warning("the server numbers its messages anew", mailbox=mailbox.name)
            mailbox.uid_validity, mailbox.last_uid, mailbox.failed_uids = uid_validity, 0, {}
        return _Place(
            mailbox_id=mailbox.id,
            mailbox_uid=mailbox.uid.hex,
            authority=mailbox.authority.code,
            uid_validity=uid_validity,
            last_uid=mailbox.last_uid,
            failed={int(uid): tries for uid, tries in mailbox.failed_uids.items()},
        )


def _note_success(session: Session, place: _Place, uid: int) -> None:
    mailbox = _at_same_numbering(session, place)
    if mailbox is not None:
        mailbox.last_uid = max(mailbox.last_uid, uid)
        mailbox.failed_uids = {key: tries for key, tries in mailbox.failed_uids.items() if key != str(uid)}


def _note_failure(session: Session, place: _Place, uid: int) -> None:
    mailbox = _at_same_numbering(session, place)
    if mailbox is not None:
        mailbox.last_uid = max(mailbox.last_uid, uid)
        tries = mailbox.failed_uids.get(str(uid), 0) + 1
        mailbox.failed_uids = {**mailbox.failed_uids, str(uid): tries}


def _at_same_numbering(session: Session, place: _Place) -> Mailbox | None:
    """The mailbox, locked and kept for us; None if another process has begun to count anew meanwhile."""
    mailbox = session.get_one(Mailbox, place.mailbox_id, with_for_update=True, populate_existing=True)
    mailbox.claimed_until = now() + claims.CLAIM
    return mailbox if mailbox.uid_validity == place.uid_validity else None


def _figures(report: Report) -> dict[str, object]:
    return {"source": report.source, "fetched": report.fetched, "new": report.new, "failed": report.failed}
