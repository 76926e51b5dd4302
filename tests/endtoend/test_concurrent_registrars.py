"""Twenty registrars at the same time: no number twice, no gap, and what was answered is there."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
import waitress
from sqlalchemy import select

from diarium.app import create_app
from diarium.cli.serving import THREADS
from diarium.db import migrate
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts
from diarium.register.errors import CaseNotFound
from diarium.register.models import Case, Record
from diarium.register.vocabulary import Direction, PartyKind
from diarium.settings import Settings
from tests.conftest import Municipality
from tests.endtoend.conftest import House

REGISTRARS = 20
EACH = 3
REFUSED = 422


def test_number_is_not_given_twice_by_twenty_registrars_over_http(house: House) -> None:
    with house.services.database.unit_of_work() as session:
        shared = house.town.case(session, title="Ärende som alla skriver i").number_text
        rut = session.scalars(select(User).where(User.username == "rut")).one()
        token = identity.create_token(session, SYSTEM, rut, "prov")
    start = threading.Barrier(REGISTRARS)

    def work(who: int) -> list[str]:
        start.wait()
        numbers = []
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for turn in range(EACH):
                body = _body(who, turn) | ({"case": shared} if turn == 1 else {"new_case": _new_case(who)})
                numbers.append(_post(connection, token, body))
                refused = _send(connection, token, body | {"official_on": "2999-01-01"})
                assert refused[0] == REFUSED, refused
        return numbers

    with _serving(house.services.settings) as port, ThreadPoolExecutor(REGISTRARS) as pool:
        answered = [number for numbers in pool.map(work, range(REGISTRARS)) for number in numbers]

    _check(house.town, answered, shared, new_cases=REGISTRARS * 2)


@pytest.mark.postgresql
def test_number_is_not_given_twice_by_twenty_registrars_on_postgresql(
    postgresql_url: str, blobs: LocalBlobStore
) -> None:
    database = open_database(postgresql_url)
    migrate.upgrade(database)
    town = Municipality(database, blobs)
    with database.unit_of_work() as session:
        shared = town.case(session, title="Ärende som alla skriver i").number_text
    start = threading.Barrier(REGISTRARS)

    def work(who: int) -> list[str]:
        start.wait()
        numbers = []
        for turn in range(EACH):
            command = _command(who, shared if turn == 1 else None)
            with database.unit_of_work() as session:
                numbers.append(registration.register(session, town.registrar, command).number_text)
            with pytest.raises(CaseNotFound):
                _fail_half_way(town, command, _command(who, "KS 1850/99999"))
        return numbers

    with ThreadPoolExecutor(REGISTRARS) as pool:
        answered = [number for numbers in pool.map(work, range(REGISTRARS)) for number in numbers]
    _check(town, answered, shared, new_cases=REGISTRARS * 2)
    database.close()


def _fail_half_way(town: Municipality, sound: NewRecord, unsound: NewRecord) -> None:
    """A transaction that has its number already when it fails."""
    with town.database.unit_of_work() as session:
        registration.register(session, town.registrar, sound)
        registration.register(session, town.registrar, unsound)


def _check(town: Municipality, answered: list[str], shared: str, *, new_cases: int) -> None:
    """Every answer is there, once; numbers of cases and of records run without gap."""
    year = today().year
    with town.database.reading() as session:
        records = session.scalars(select(Record)).all()
        numbers = [record.number_text for record in records]
        cases = session.scalars(select(Case).order_by(Case.number)).all()
        assert [case.number_text for case in cases] == [f"KS {year}/{n}" for n in range(1, new_cases + 2)]
        for case in cases:
            wanted = REGISTRARS if case.number_text == shared else 1
            assert [record.running_number for record in case.records] == list(range(1, wanted + 1))
            assert case.record_count == wanted
    assert len(set(answered)) == len(answered) == REGISTRARS * EACH
    assert sorted(numbers) == sorted(answered)


@contextmanager
def _serving(settings: Settings) -> Iterator[int]:
    """A real server with as many threads as `diarium serve` has, on a port of its own."""
    app = create_app(settings)
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()
        thread.join()
        app.extensions["diarium"].close()


def _post(connection: http.client.HTTPConnection, token: str, body: dict[str, object]) -> str:
    answer = _send(connection, token, body)
    assert answer[0] == 201, answer
    return str(json.loads(answer[1])["number"])


def _send(connection: http.client.HTTPConnection, token: str, body: dict[str, object]) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/records", json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _body(who: int, turn: int) -> dict[str, object]:
    return {
        "direction": "incoming",
        "official_on": "2024-05-02",
        "title": f"Skrivelse {turn} från {who}",
        "parties": [{"name": f"Bolag {who} AB", "kind": "organisation"}],
    }


def _new_case(who: int) -> dict[str, object]:
    return {"authority": "KS", "title": f"Ärende från {who}", "classification": "1"}


def _command(who: int, case: str | None) -> NewRecord:
    return NewRecord(
        direction=Direction.INCOMING,
        official_on=today(),
        title=f"Skrivelse från {who}",
        case=case,
        new_case=None if case else NewCase("KS", f"Ärende från {who}", classification="1"),
        parties=(PartyFacts(f"Bolag {who} AB", PartyKind.ORGANISATION),),
    )
