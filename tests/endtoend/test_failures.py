"""When something was off, broken or lost, everything comes right again or says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from diarium.changes import feed
from diarium.cli.upkeep import CONSUMERS
from diarium.db.base import Base
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.public.database import open_public_database
from diarium.public.models import PublicAuthority, PublicBase, PublicCase, PublicDocument, PublicRecord
from diarium.public.search import Question
from diarium.register.models import Case, Document
from diarium.search.port import SearchRequest, Sort
from diarium.secrecy import access
from tests.endtoend import living
from tests.endtoend.conftest import House

QUERIES = (
    "", "hamnkontor", "bygglovet", "detaljplaner", "bullermätning", "ansökan OR beslut", "granne -beslut",
    '"kvarteret Ankaret"', "ankar*", "dnr:3", "avsändare:Trafikbolaget", "Åsa Öberg", "synpunkter hamnen",
)  # fmt: skip
# A projection gives its rows new keys and revisions; everything else must be the same.
DERIVED = {"id", "case_id", "record_id", "revision"}


@pytest.fixture(scope="module")
def lived_in(lasting_house: House) -> House:
    """A house whose worker saw the registrations first and the changes later."""
    living.register_cases(lasting_house)
    lasting_house.work()
    living.change_cases(lasting_house)
    lasting_house.work()
    return lasting_house


def test_worker_that_comes_late_derives_what_one_that_was_always_there_has(house: House, lived_in: House) -> None:
    living.register_cases(house)
    living.change_cases(house)
    assert house.found("bullermätning") == house.found_by_public("hamnkontor") == []
    with house.services.database.reading() as session:
        assert all(feed.lag(session, consumer).waiting > 0 for consumer in CONSUMERS)
    assert house.run("worker", "--once").exit_code == 0
    with house.services.database.reading() as session:
        assert [feed.lag(session, consumer).waiting for consumer in CONSUMERS] == [0] * len(CONSUMERS)
    assert house.parked() == lived_in.parked() == []
    assert len(house.found("bullermätning")) == living.CASES
    assert house.found_by_public("bullermätning") == [f"KS {today().year}/1-1"]
    for query in QUERIES:
        assert sorted(house.found(query)) == sorted(lived_in.found(query)), query
        assert sorted(house.found_by_public(query)) == sorted(lived_in.found_by_public(query)), query


def test_rebuilt_index_gives_the_same_hits_as_the_one_kept_up_to_date(lived_in: House) -> None:
    before = _all_hits(lived_in)
    assert sum(len(hits) for hits in before.values()) > 100
    assert lived_in.run("search", "rebuild").exit_code == 0
    assert _all_hits(lived_in) == before


def test_rebuilt_open_register_has_the_same_rows_and_hits_as_the_projection(lived_in: House) -> None:
    rows, hits, files = _public_rows(lived_in), _public_hits(lived_in), _released(lived_in)
    assert rows["PublicRecord"]
    assert rows["PublicDocument"]
    assert lived_in.run("search", "rebuild", "--public").exit_code == 0
    assert _public_rows(lived_in) == rows
    assert _public_hits(lived_in) == hits
    assert _released(lived_in) == files


def test_lost_open_register_comes_back_from_the_register_alone(lived_in: House) -> None:
    rows = _public_rows(lived_in)
    lost = open_public_database(lived_in.services.settings.public_database_url)
    PublicBase.metadata.drop_all(lost.engine)
    lost.close()
    assert lived_in.run("prepare").exit_code == 0
    assert _public_rows(lived_in) == rows


def test_export_stops_and_names_the_record_whose_file_is_gone_or_changed(lived_in: House, tmp_path: Path) -> None:
    with lived_in.services.database.reading() as session:
        closed = select(Case).where(Case.closed_on.is_not(None)).order_by(Case.id)
        record = session.scalars(closed.limit(1)).one().records[0]
        number, document = record.number_text, record.documents[0]
    path = lived_in.services.blobs.path(document.sha256)
    content = path.read_bytes()
    path.unlink()
    _refused(_export(lived_in, tmp_path / "out"), number, document.file_name, "saknas")
    path.write_bytes(content.replace(b"Kommunens", b"Kommunins"))
    _refused(_export(lived_in, tmp_path / "out"), number, document.file_name, "kontrollsumma")
    assert not (tmp_path / "out").exists()
    assert not list(lived_in.services.settings.export_folder.iterdir())
    path.write_bytes(content)
    assert _export(lived_in, tmp_path / "out").exit_code == 0


def test_file_that_is_gone_when_the_worker_looks_is_parked_and_holds_nobody_up(house: House) -> None:
    living.register_cases(house)
    with house.services.database.reading() as session:
        lost = session.scalars(select(Document).order_by(Document.id)).first()
        assert lost is not None
    house.services.blobs.path(lost.sha256).unlink()
    house.work()
    assert [text.partition(":")[0] for text in house.parked()] == ["files"]
    assert len(house.found("bullermätning")) == living.CASES - 1
    assert len(house.found("ansökan")) == living.CASES


def _refused(result: Result, *words: str) -> None:
    assert result.exit_code == 1
    assert all(word in result.stderr for word in words), result.stderr


def _export(house: House, out: Path) -> Result:
    period = ("--from", "2024-01-01", "--to", "2024-12-31")
    return house.run("export", "--authority", "KS", *period, "--out", out)


def _all_hits(house: House) -> dict[tuple[str, str], list[object]]:
    """What every kind of searcher gets for every query: everything about each hit but how well it fits."""
    with house.services.database.reading() as session:
        people: dict[str, Actor] = {"everybody": house.everybody(session)}
    people |= {"registrar": house.town.registrar, "officer": house.town.officer, "outsider": house.town.outsider}
    found: dict[tuple[str, str], list[object]] = {}
    for name, who in people.items():
        for query in QUERIES:
            wanted = SearchRequest(query, access.tokens_of(who), sort=Sort.OLDEST, page_size=100)
            result = house.services.index.search(wanted)
            facets = sorted(
                (field, item.value, item.count) for field, items in result.facets.items() for item in items
            )
            found[name, query] = [*sorted(result.hits, key=lambda hit: hit.key), *facets]
    return found


def _public_hits(house: House) -> dict[str, set[tuple[str, str]]]:
    found = {}
    for query in QUERIES:
        answer = house.services.public.search(Question(query, page_size=100))
        found[query] = {((hit.record or hit.case).number_text, hit.heading_html) for hit in answer.found}
    return found


def _public_rows(house: House) -> dict[str, list[str]]:
    """Every row that the open register shows, without the keys that a projection gives anew."""
    dumped = {}
    with house.services.public.database.reading() as session:
        for table in (PublicAuthority, PublicCase, PublicRecord, PublicDocument):
            dumped[table.__name__] = sorted(_plain(row) for row in session.scalars(select(table)))
    return dumped


def _plain(row: PublicBase | Base) -> str:
    names = sorted(column.key for column in row.__mapper__.column_attrs if column.key not in DERIVED)
    return str({name: getattr(row, name) for name in names})


def _released(house: House) -> list[str]:
    return list(house.services.released.iter_hashes())
