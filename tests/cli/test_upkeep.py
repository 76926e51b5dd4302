"""`diarium prepare` and `diarium demo`."""

from __future__ import annotations

from sqlalchemy import func, select

from diarium.classification.models import ClassificationScheme
from diarium.composition import Diarium
from diarium.demo import loading
from diarium.register.models import Case
from diarium.settings import from_environment
from tests.cli.conftest import Run


def test_preparing_twice_loads_the_reference_data_once(run: Run) -> None:
    assert run("prepare").exit_code == 0
    assert run("prepare").exit_code == 0
    diarium = Diarium(from_environment())
    with diarium.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ClassificationScheme)) == 1
    diarium.close()


def test_register_of_ones_own_is_left_alone_and_shows_no_demo_logins(run: Run) -> None:
    run("prepare")
    run("authority", "add", "KS", "--name", "Kommunstyrelsen")
    answer = run("demo", "--cases", "3", "--if-empty")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert loading.PASSWORD not in answer.stderr


def test_demo_fills_an_empty_register_once(run: Run) -> None:
    first = run("demo", "--cases", "3", "--seed", "5", "--if-empty")
    assert (first.exit_code, first.stdout.split()) == (0, list(loading.LOGINS))
    assert loading.PASSWORD in first.stderr
    again = run("demo", "--cases", "3", "--if-empty")
    assert (again.exit_code, again.stdout.split()) == (0, list(loading.LOGINS))
    refused = run("demo", "--cases", "3")
    assert refused.exit_code == 1
    diarium = Diarium(from_environment())
    with diarium.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 3
    diarium.close()
