"""`diarium disposal`: what is due, what is decided is carried out, the log still fits."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import select, update

from diarium.composition import Diarium
from diarium.disposal import deciding, proposing
from diarium.disposal.deciding import Ruling
from diarium.disposal.due import Wanted
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import closing
from diarium.register.models import Case, DisposalDepth
from tests.cli.conftest import Run
from tests.cli.test_registering import BASE

CLASS = "1.4"


def test_what_is_due_is_told_and_what_is_decided_is_carried_out(
    run: Run, services: Diarium, tmp_path: Path
) -> None:
    nothing = run("disposal", "due", "--authority", "KS")
    assert nothing.stdout == "Inget faller ut de närmaste åren.\n"
    assert run(*BASE, "--class", CLASS).exit_code == 0
    with services.database.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        closing.close(session, SYSTEM, case)
        long_ago = dt.date(today().year - 30, 5, 1)
        session.flush()
        facts = {"closed_on": long_ago, "opened_on": long_ago}
        session.execute(update(Case).values(facts))
    due = run("disposal", "due", "--authority", "KS")
    assert due.stdout.startswith(f"{today().year}-01-01  {CLASS} ")
    assert due.stdout.endswith("  1\n")
    with services.database.unit_of_work() as session:
        made = proposing.propose(session, SYSTEM, Wanted("KS"), DisposalDepth.EVERYTHING).proposal
        number = made.number_text
        ruling = Ruling("KS § 7", today(), "1")
        deciding.approve(session, SYSTEM, made.uid, ruling, version=1, four_eyes=False)
    first = run("disposal", "run")
    assert "1 ärende gallrat." in first.stdout
    assert "1 gallring väntar" in first.stdout
    assert run("worker", "--once").exit_code == 0
    assert "0 ärenden gallrade." in run("disposal", "run").stdout
    assert run("disposal", "list").stdout == f"{number}  Gallrat  1/1  KS § 7\n"
    verified = run("audit", "verify")
    assert verified.exit_code == 0
    assert "strukna genom gallringsbeslut" in verified.stdout
    assert run("disposal", "compact").exit_code == 0
    with services.database.reading() as session:
        assert session.scalars(select(Case.title)).one() == "Gallrat ärende"
