"""The sealed log, the feed's positions and what is parked."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.audit import verifying
from diarium.audit.sealing import Checkpoint
from diarium.changes.models import Change, ConsumerPosition, ParkedChange
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.i18n import gettext as _
from diarium.safekeeping import rows
from diarium.safekeeping.findings import Finding, Repair, Severity
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.progress import Progress

_NEXT = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


def seals(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """What `diarium audit verify` finds."""
    points = []
    if installation.head_file.exists():
        try:
            points.append(Checkpoint.from_text(installation.head_file.read_text(encoding="ascii")))
        except ValueError:
            what = _("Filen med kedjans huvud går inte att läsa.")
            mend = _("Jämför med en kontrollpunkt som sparats på annat håll, och ta sedan bort filen.")
            yield Finding("seal.head", Severity.ERROR, str(installation.head_file), what, mend)
    with installation.database.reading() as session:
        verdict = verifying.verify(session, installation.keys, points)
    progress("seals", verdict.seals, verdict.seals)
    mend = _("Händelseloggen är bevis: ändra ingenting, ta en kopia och utred. Se diarium audit verify.")
    for found in verdict.findings:
        yield Finding(f"seal.{found.kind}", Severity.ERROR, found.where, found.message, mend)


def feed(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """No consumer stands beyond the feed's end, and no change waits for a transaction that never comes."""
    with installation.database.reading() as session:
        if installation.database.is_postgresql:
            foreign = session.scalar(
                select(func.count()).select_from(Change).where(Change.transaction_id >= sa.text(_NEXT))
            )
            if foreign:
                yield Finding(
                    "feed.foreign_cluster",
                    Severity.ERROR,
                    "change",
                    _("%(count)s ändringar har transaktionsnummer från ett annat PostgreSQL-kluster: arbetaren "
                      "skulle aldrig nå dem.", count=foreign),
                    _("diarium fsck --repair"),
                    Repair.FEED,
                )  # fmt: skip
        for position in session.scalars(select(ConsumerPosition)).all():
            if _is_beyond(session, position):
                yield Finding(
                    "feed.beyond_end",
                    Severity.ERROR,
                    position.consumer,
                    _("Konsumenten står efter köns slut: nya ändringar skulle gå den förbi."),
                    _("diarium fsck --repair"),
                    Repair.FEED,
                    position.consumer,
                )
        progress("feed", 1, 1)


def parked(installation: Installation, _progress: Progress) -> Iterator[Finding]:
    """What the worker could not do."""
    with installation.database.reading() as session:
        rows_ = session.execute(
            select(ParkedChange.consumer, func.count())
            .group_by(ParkedChange.consumer)
            .order_by(ParkedChange.consumer)
        ).all()
    for consumer, count in rows_:
        what = _("%(count)s ändringar är parkerade.", count=count)
        mend = _("Se diarium parked list, och sedan diarium parked replay.")
        yield Finding("change.parked", Severity.WARNING, consumer, what, mend)


def mend_feed(database: Database) -> None:
    """Gives every change and position a place that holds in this cluster. Nobody writes meanwhile.

    Consumers may see some changes once more, which does no harm.
    """
    with database.unit_of_work() as session:
        connection = session.connection()
        if database.is_postgresql:
            session.execute(sa.text("LOCK TABLE change, consumer_position IN ACCESS EXCLUSIVE MODE"))
        for position in session.scalars(select(ConsumerPosition)).all():
            position.change_id = rows.plain_position(connection, position.transaction_id, position.change_id)
            position.transaction_id = 0
            position.moved_at = now()
        session.flush()
        if database.is_postgresql:
            # The trigger keeps rows of the outbox as they are; these numbers mean nothing here.
            session.execute(sa.text("ALTER TABLE change DISABLE TRIGGER change_append_only"))
            session.execute(sa.text("UPDATE change SET transaction_id = 0 WHERE transaction_id <> 0"))
            session.execute(sa.text("ALTER TABLE change ENABLE TRIGGER change_append_only"))


def _is_beyond(session: Session, position: ConsumerPosition) -> bool:
    place = (position.transaction_id, position.change_id)
    if place <= (0, 0):
        return False
    last = session.execute(
        select(Change.transaction_id, Change.id).order_by(Change.transaction_id.desc(), Change.id.desc()).limit(1)
    ).first()
    return last is None or place > (last.transaction_id, last.id)
