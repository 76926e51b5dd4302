"""Looks at a package before it is taken over: what it holds, what it rests on here, what is in the way."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import loading
from diarium.archive.importing import contents, matching
from diarium.archive.importing.fingerprints import fingerprint
from diarium.archive.importing.model import (
    LEFT_OUT,
    BasisKind,
    BasisLine,
    Choices,
    Conflict,
    ConflictKind,
    ConflictList,
    Counts,
    Preview,
)
from diarium.archive.package_model import PackageCase, PackageInfo, PackageUser
from diarium.archive.reading import ReadCase, ReadPackage
from diarium.i18n import gettext as _
from diarium.register.models import Authority, Case, CaseOrigin, DiarySeries

_CASES_AT_ONCE = 200
_MOST_USERS = 500


def suggested(session: Session, package: ReadPackage) -> Choices:
    """What is likely meant: an archive to read, at the authority that it was."""
    item = package.info.authority
    found = matching.authority_suggested(session, item)
    is_taken = matching.authority_with(session, item.code) is not None
    code = found.code if found is not None else "" if is_taken else item.code
    return Choices(authority=code)


def preview(session: Session, package: ReadPackage, choices: Choices, *, most_cases: int | None = None) -> Preview:
    """What an import with these choices would do. Of files it is only asked whether they are there.

    `most_cases`: no more are looked at than so many, where somebody waits for the answer. The number of queries
    grows with hundreds of cases. Raises: UnreadablePackage.
    """
    owner = matching.authority_with(session, choices.authority)
    counts, conflicts = Counts(), ConflictList()
    users: dict[uuid.UUID, PackageUser] = {}
    for batch in _batches(islice(package.read(), most_cases)):
        here = _Here(session, owner, [item.case for item in batch])
        for item in batch:
            _count(counts, package, item)
            if len(users) < _MOST_USERS:
                users |= {who.uid: who for who in _users(item.case)}
            found = _conflict(package, item, choices, here)
            for one in (found, *_remarks(item)):
                if one is not None:
                    conflicts.add(one)
            is_left_out = found is not None and found.kind in LEFT_OUT
            counts.left_out += is_left_out
            counts.new += not is_left_out
    return Preview(
        package_id=package.package_id,
        profile=package.profile,
        is_ours=package.is_ours,
        info=package.info,
        choices=choices,
        case_count=package.case_count,
        counts=counts,
        basis=tuple(_basis(session, package.info, owner, list(users.values()))),
        conflicts=conflicts.all,
        by_kind=conflicts.by_kind,
    )


def conflict_here(session: Session, case: PackageCase) -> Conflict | None:
    """Whether the case is here already, and says the same."""
    row = session.execute(
        select(Case.id, CaseOrigin.fingerprint).outerjoin(CaseOrigin).where(Case.uid == case.uid)
    ).first()
    if row is None:
        return None
    there = row.fingerprint or fingerprint(loading.load_case(session, row.id))
    if there == fingerprint(case):
        return Conflict(ConflictKind.ALREADY_HERE, _("Ärendet finns redan här."), case.number_text)
    message = _("Ärendet finns redan här, men uppgifterna är inte desamma. Det som finns här ändras inte.")
    return Conflict(ConflictKind.OTHER_CONTENT, message, case.number_text)


def taken(case: PackageCase) -> Conflict:
    """Another case has the number."""
    message = _("Ett annat ärende har redan numret. Välj en annan myndighet, eller ta över ärendet för sig.")
    return Conflict(ConflictKind.NUMBER_TAKEN, message, case.number_text)


class _Here:
    """Which of some cases are here, and which of their numbers."""

    def __init__(self, session: Session, owner: Authority | None, cases: Sequence[PackageCase]) -> None:
        self._session = session
        uids = [case.uid for case in cases]
        self._uids = set(session.scalars(select(Case.uid).where(Case.uid.in_(uids))))
        self._texts: set[str] = set()
        self._numbers: set[tuple[str, int, int]] = set()
        if owner is not None:
            texts = select(Case.number_text).where(
                Case.authority_id == owner.id, Case.number_text.in_([case.number_text for case in cases])
            )
            self._texts = set(session.scalars(texts))
            numbers = (
                select(DiarySeries.code, Case.year, Case.number)
                .join(Case.series)
                .where(Case.authority_id == owner.id, Case.number.in_({case.number for case in cases}))
                .where(Case.year.in_({case.year for case in cases}))
            )
            self._numbers = {(row.code, row.year, row.number) for row in session.execute(numbers)}

    def conflict(self, case: PackageCase) -> Conflict | None:
        """What of it is in the way of the case."""
        if case.uid in self._uids:
            return conflict_here(self._session, case)
        if case.number_text in self._texts or (case.series_code, case.year, case.number) in self._numbers:
            return taken(case)
        return None


def _batches(cases: Iterator[ReadCase]) -> Iterator[list[ReadCase]]:
    while batch := list(islice(cases, _CASES_AT_ONCE)):
        yield batch


def _count(counts: Counts, package: ReadPackage, item: ReadCase) -> None:
    case = item.case
    records = list(case.records)
    counts.cases += 1
    counts.records += len(records)
    for document in contents.documents_of(case):
        counts.documents += 1
        counts.size += document.size
    marks = [*case.restrictions, *(mark for record in records for mark in record.restrictions)]
    parties = [*case.parties, *(who for record in records for who in record.parties)]
    counts.restricted += any(mark.is_in_force for mark in marks)
    counts.protected += any(who.is_protected for who in parties)


def _conflict(package: ReadPackage, item: ReadCase, choices: Choices, here: _Here) -> Conflict | None:
    found = here.conflict(item.case)
    if found is None and not choices.keeps_incomplete and (count := contents.missing_in(package, item)):
        return contents.missing_conflict(item.case, count)
    return found


def _remarks(item: ReadCase) -> Iterator[Conflict]:
    for remark in item.remarks:
        yield Conflict(ConflictKind.UNCERTAIN, remark, item.case.number_text)


def _users(case: PackageCase) -> Iterator[PackageUser]:
    for who in (case.responsible, case.registered_by, *(record.registered_by for record in case.records)):
        if who is not None:
            yield who


def _basis(
    session: Session,
    info: PackageInfo,
    owner: Authority | None,
    users: Collection[PackageUser],
) -> Iterator[BasisLine]:
    item = info.authority
    here = f"{owner.name} ({owner.code})" if owner else None
    yield BasisLine(BasisKind.AUTHORITY, f"{item.name} ({item.code})", here)
    for series in info.series:
        found = matching.series(owner.series, series) if owner else None
        yield BasisLine(
            BasisKind.SERIES, f"{series.code} {series.name}", f"{found.code} {found.name}" if found else None
        )
    for unit in info.units:
        place = matching.unit(owner.units, unit) if owner else None
        yield BasisLine(BasisKind.UNIT, unit.name, place.name if place else None)
    for scheme in info.schemes:
        same = matching.scheme(session, scheme)
        yield BasisLine(
            BasisKind.SCHEME, f"{scheme.name} {scheme.version}", f"{same.name} {same.version}" if same else None
        )
    accounts = matching.users(session, users)
    for who in sorted(users, key=lambda one: one.name):
        account = accounts.get(who.uid)
        yield BasisLine(BasisKind.USER, who.name, f"{account.name} ({account.username})" if account else None)
