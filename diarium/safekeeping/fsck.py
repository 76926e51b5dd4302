"""Checks everything against everything, and makes anew what is derived."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from diarium.i18n import gettext as _
from diarium.public import indexing
from diarium.public.models import PublicCase, PublicDocument, PublicRecord
from diarium.safekeeping import check_contents, check_index, check_log, check_public, check_register
from diarium.safekeeping.findings import Finding, Limited, Repair, Severity
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.progress import Progress, silent
from diarium.search import indexer

Check = Callable[[Installation, Progress], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    check_register.database,
    check_register.numbers,
    check_register.records,
    check_log.seals,
    check_log.feed,
    check_log.parked,
    check_contents.contents,
    check_contents.packages,
    check_index.internal,
    check_public.projection,
    check_public.files,
    check_index.public,
)
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_BATCH = 100
log = structlog.get_logger()


def findings(installation: Installation, progress: Progress = silent) -> Iterator[Finding]:
    """Each finding as it is found, so many of each kind; how many more there are comes last."""
    limited = Limited()
    for check_ in CHECKS:
        yield from limited.take(_carried_out(check_, installation, progress))
    for kind, more in limited.left_out():
        what = _("%(count)s till av samma slag.", count=more)
        yield Finding(kind, Severity.WARNING, "…", what, _("Laga de som visas och kör diarium fsck igen."))


def _carried_out(check_: Check, installation: Installation, progress: Progress) -> Iterator[Finding]:
    """What a check finds. Rows that make no sense can end it: that is a finding too, not the end of all of them.

    Raises: OperationalError, OSError where nothing is known because the database or a disk does not answer.
    """
    try:
        yield from check_(installation, progress)
    except (OperationalError, OSError):
        raise
    except Exception as error:
        log.error("check ended", check=check_.__qualname__, exc_info=True)
        what = _("Kontrollen kunde inte gå färdigt (%(error)s).", error=type(error).__name__)
        mend = _("Åtgärda det övriga som hittades och kör diarium fsck igen.")
        yield Finding("check.failed", Severity.ERROR, check_.__qualname__, what, mend)


def check(installation: Installation, progress: Progress = silent) -> Sequence[Finding]:
    """All findings."""
    return list(findings(installation, progress))


def repair(installation: Installation, found: Sequence[Finding], progress: Progress = silent) -> Sequence[str]:
    """Makes anew what is derived and was found wrong. The register is never touched. Says what was done."""
    done: list[str] = []
    wanted = {finding.repair for finding in found}
    if Repair.FEED in wanted:
        check_log.mend_feed(installation.database)
        done.append(_("Lägena i kön är flyttade."))
    if Repair.INDEX in wanted:
        count = indexer.rebuild(installation.database, installation.index)
        done.append(_("Sökindexet är ombyggt med %(count)s poster.", count=count))
    if Repair.PROJECTION in wanted:
        keys = {finding.key for finding in found if finding.repair is Repair.PROJECTION}
        done.append(_projected_again(installation, keys))
    if Repair.PUBLIC_INDEX in wanted:
        count = indexing.rebuild(installation.projector.tables, installation.public_index)
        done.append(_("Allmänhetens sökindex är ombyggt med %(count)s poster.", count=count))
    progress("repair", 1, 1)
    return done


def rebuild(installation: Installation, progress: Progress = silent) -> None:
    """Makes everything anew that is derived, after a restore."""
    check_log.mend_feed(installation.database)
    indexer.rebuild(installation.database, installation.index)
    installation.projector.rebuild()
    progress("repair", 1, 1)


def _projected_again(installation: Installation, keys: set[str]) -> str:
    """The cases, and those of damaged copies; copies that nobody refers to go with a rebuild."""
    contents = {key for key in keys if _CHECKSUM.fullmatch(key)}
    cases = {uuid.UUID(key) for key in keys - contents}
    for sha256 in contents:
        if not installation.released.verify(sha256):
            installation.released.path(sha256).unlink(missing_ok=True)
    with installation.projector.tables.reading() as session:
        query = select(PublicCase.uid).join(PublicCase.records).join(PublicRecord.documents)
        for_contents = set(session.scalars(query.where(PublicDocument.sha256.in_(contents))))
        used = set(session.scalars(select(PublicDocument.sha256).where(PublicDocument.sha256.in_(contents))))
    cases |= for_contents
    if contents - used or len(cases) > _BATCH or not installation.projector.hasten(cases):
        count = installation.projector.rebuild()
        return _("Det öppna diariet är ombyggt från %(count)s ärenden.", count=count)
    installation.projector.handle([])
    return _("%(count)s ärenden i det öppna diariet är gjorda på nytt.", count=len(cases))
