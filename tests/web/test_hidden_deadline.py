"""A watched day whose text one may not read: no forms, no change; and steps that do not exist."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import deadlines, secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.models import Case
from tests.web.conftest import send
from tests.web.test_review_findings import add_case

LogIn = Callable[[str], FlaskClient]


def watch(services: Diarium, *, marked: bool) -> str:
    """The page of a new deadline of the registrar's."""
    case = add_case(services)
    with services.database.unit_of_work() as session:
        case = session.get_one(Case, case.id)
        facts = DeadlineFacts(today(), "Hemligt", responsible="rut")
        item = deadlines.add(session, SYSTEM, case, facts)
        if marked:
            secrecy_marks.mark(session, SYSTEM, case, RestrictionFacts("26:1"))
        return f"/intern/bevakning/{item.uid}"


def test_who_may_not_read_a_watched_day_is_offered_no_forms(services: Diarium, log_in: LogIn) -> None:
    page = watch(services, marked=True)
    assert f"{page}/andra" in log_in("rut").get(page).text
    client = log_in("hans")
    shown = client.get(page).text
    assert "Hemligt" not in shown
    assert f"{page}/" not in shown
    values: dict[str, object] = {
        "version": "1",
        "due_on": today().isoformat(),
        "responsible": "rut",
        "reason": "Flyttas",
    }
    assert send(client, f"{page}/andra", values, "/intern/registrera").status_code == 403
    assert "Hemligt" in log_in("rut").get(page).text


def test_step_that_does_not_exist_is_not_found(services: Diarium, log_in: LogIn) -> None:
    page = watch(services, marked=False)
    values: dict[str, object] = {
        "version": "1",
        "due_on": today().isoformat(),
        "text": "Annat",
        "reason": "Skäl",
        "responsible": "rut",
    }
    client = log_in("rut")
    assert send(client, f"{page}/vadsomhelst", values, page).status_code == 404
    assert "Hemligt" in client.get(page).text
