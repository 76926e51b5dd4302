"""An open register with very many records, written straight into its tables: for measuring search only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from itertools import islice
from random import Random

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from benchmarks.ground import SEED
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.db.swedish import sort_key
from diarium.i18n import today
from diarium.public.database import ensure_projection, lock_state
from diarium.public.models import PublicAuthority, PublicBase, PublicCase, PublicRecord
from diarium.public.vocabulary import Visibility
from diarium.register.vocabulary import CaseStatus, Direction

RECORDS_PER_CASE = 4
COMMON = ("ansökan", "beslut", "yttrande", "remiss", "bygglov", "avtal", "protokoll", "skola", "tillsyn", "vatten")
RARER = (
    "detaljplan", "cykelväg", "översiktsplan", "äldreomsorg", "årsredovisning", "upphandling", "buller", "avlopp",
    "strandskydd", "överklagande", "medborgarförslag", "kollektivtrafik", "förskola", "föreningsbidrag",
    "lekplats", "gatubelysning", "snöröjning", "skolskjuts", "serveringstillstånd", "rivningslov", "hyresavtal",
    "solceller", "brandskydd", "budget", "bokslut", "sotning", "bibliotek", "simhall", "hemtjänst",
    "livsmedelskontroll",
)  # fmt: skip
_PLACES = ("Ekdala", "Åsen", "Älvbyn", "Östra Näs", "Vik", "Wallinge", "Zinkgruvan", "Granbacken", "Kvarnberg")
_CODES = ("KS", "BMN", "BUN", "SN", "KFN", "TN")
_BATCH = 5_000
Row = dict[str, object]


def fill(database: Database, records: int) -> None:
    """Puts `records` records, in a quarter as many cases, into the empty open register at `database`."""
    chance = Random(SEED)  # noqa: S311 (content, no secret)
    ensure_projection(database)
    cases = -(-records // RECORDS_PER_CASE)
    with database.unit_of_work() as session:
        session.execute(insert(PublicAuthority), [{"code": code, "name": f"Nämnden {code}"} for code in _CODES])
        for kind, rows in ((PublicCase, _cases(chance, cases)), (PublicRecord, _records(chance, records))):
            _insert(session, kind, rows)
        lock_state(session).is_filled = True
    with database.unit_of_work() as session:
        session.execute(text("ANALYZE"))


def _insert(session: Session, kind: type[PublicBase], rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, _BATCH)):
        session.execute(insert(kind), batch)


def _cases(chance: Random, count: int) -> Iterator[Row]:
    for number in range(1, count + 1):
        code, day, title = _CODES[number % len(_CODES)], _day(chance), _title(chance)
        yield {
            "id": number,
            "uid": uuid.UUID(int=chance.getrandbits(128), version=4),
            "authority_code": code,
            "authority_name": f"Nämnden {code}",
            "series_code": code,
            "year": day.year,
            "number": number,
            "number_text": f"{code} {day.year}/{number}",
            "visibility": Visibility.FACTS,
            "opened_on": day,
            "closed_on": None,
            "title": title,
            "title_key": sort_key(title),
            "case_type": None,
            "status": CaseStatus.OPEN if number % 3 else CaseStatus.CLOSED,
            "class_code": f"{number % 9 + 1}.{number % 7 + 1}.{number % 5 + 1}",
            "class_title": "Klass",
            "unit": None,
            "parties": [],
            "are_parties_omitted": False,
            "registered_count": RECORDS_PER_CASE,
            "last_event_on": day,
            "published_at": now(),
            "due_on": None,
            "revision": 1,
        }


def _records(chance: Random, count: int) -> Iterator[Row]:
    for place in range(count):
        case, day, title = place // RECORDS_PER_CASE + 1, _day(chance), _title(chance)
        code = _CODES[case % len(_CODES)]
        running = place % RECORDS_PER_CASE + 1
        yield {
            "id": place + 1,
            "uid": uuid.UUID(int=chance.getrandbits(128), version=4),
            "case_id": case,
            "authority_code": code,
            "running_number": running,
            "number_text": f"{code} {day.year}/{case}-{running}",
            "visibility": Visibility.FACTS,
            "direction": chance.choice(list(Direction)),
            "official_on": day,
            "title": title,
            "title_key": sort_key(title),
            "record_type": chance.choice(("Ansökan", "Yttrande", "Beslut", "Remiss", "Avtal")),
            "parties": [{"role": "sender", "name": f"{chance.choice(_PLACES)} {chance.choice(RARER)} AB"}],
            "are_parties_omitted": False,
            "moved_to_uid": None,
            "moved_to_number": None,
            "published_at": now(),
            "revision": 1,
        }


def _title(chance: Random) -> str:
    words = [*chance.sample(COMMON, 2), *chance.sample(RARER, 3)]
    chance.shuffle(words)
    place = f"{chance.choice(_PLACES)} {chance.randrange(1, 60)}:{chance.randrange(1, 400)}"
    return f"{words[0].capitalize()} om {words[1]} och {words[2]} med {' '.join(words[3:])}, {place}"


def _day(chance: Random) -> dt.date:
    return today() - dt.timedelta(days=chance.randrange(3650))
