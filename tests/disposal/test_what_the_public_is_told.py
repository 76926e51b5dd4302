"""The public is told of a disposal where it sees the case, or where nothing else is left of it: nowhere else."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from diarium.i18n import today
from diarium.public.projection import project_case
from diarium.public.vocabulary import Visibility
from diarium.register import publishing, secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.models import Case, DisposalDepth
from diarium.secrecy.models import Scope
from tests.disposal.conftest import DECISION, Archive


def _nothing(_session: Session, _archive: Archive, _case: Case) -> None:
    pass


def _withdraw(session: Session, archive: Archive, case: Case) -> None:
    publishing.withdraw(session, archive.town.registrar, case, "Begärd radering på webben")


def _mark(session: Session, archive: Archive, case: Case) -> None:
    facts = RestrictionFacts("26:1", Scope.WHOLE)
    secrecy_marks.mark(session, archive.town.registrar, case, facts)


@pytest.mark.parametrize(
    ("hide", "visibility", "is_told"),
    [
        (_nothing, Visibility.FACTS, True),
        (_withdraw, Visibility.WITHDRAWN, False),
        (_mark, Visibility.OMITTED, False),
    ],
)
def test_that_the_files_are_gone_is_told_only_where_the_case_is_shown(  # type: ignore[no-untyped-def]
    sqlite_archive: Archive, hide, visibility: Visibility, is_told: bool
) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        case_id = archive.old_case(session, title="Carport").id
    archive.dispose_all(DisposalDepth.FILES)
    with archive.database.unit_of_work() as session:
        hide(session, archive, session.get_one(Case, case_id))
    with archive.database.reading() as session:
        shown = project_case(session.get_one(Case, case_id))
    assert shown is not None
    assert shown.visibility is visibility
    told: tuple[dt.date | None, str | None] = (today(), DECISION) if is_told else (None, None)
    assert (shown.disposed_on, shown.disposed_by) == told


def test_of_a_case_of_which_nothing_is_left_day_and_decision_are_told(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    with archive.database.unit_of_work() as session:
        case_id = archive.old_case(session, title="Carport").id
    archive.dispose_all()
    with archive.database.reading() as session:
        shown = project_case(session.get_one(Case, case_id))
    assert shown is not None
    assert shown.visibility is Visibility.DISPOSED
    assert (shown.disposed_on, shown.disposed_by, shown.title) == (today(), DECISION, None)
