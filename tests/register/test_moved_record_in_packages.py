"""A record that was moved, in a package for the archive and in the internal search."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from lxml import etree
from sqlalchemy.orm import Session

from diarium.archive.models import ExportState
from diarium.changes.worker import Worker
from diarium.register import closing, moving
from diarium.register.commands import DocumentFacts
from diarium.register.models import Case
from diarium.search import internal
from diarium.search.indexer import SearchIndexer
from diarium.search.port import SearchRequest
from diarium.search.whoosh_engine import WhooshIndex
from tests.archive.conftest import ExportBench
from tests.archive.register_examples import DAY, PDF
from tests.archive.schema_checks import ERMS
from tests.conftest import Municipality


def closed_cases(m: Municipality, session: Session) -> tuple[Case, Case]:
    """Two closed cases of the period; a record was moved from the first to the second."""
    wrong, right = (m.case(session, opened_on=DAY, responsible="hans") for _number in range(2))
    m.record(session, wrong, official_on=DAY)
    files = (DocumentFacts(m.store(session, PDF), "Ansökan.pdf"),)
    record = m.record(session, wrong, official_on=DAY, title="Sjöutsikt", documents=files)
    moving.move_record(session, m.registrar, record, right.number_text, "Fel ärende")
    for case in (wrong, right):
        closing.close(session, m.registrar, case, day=DAY + dt.timedelta(days=1))
    return wrong, right


def test_package_with_a_moved_record_is_valid_and_holds_its_file_once(
    sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    bench = ExportBench(sqlite_municipality, tmp_path)
    done = bench.run(bench.request(closed_cases))
    assert done.export.state is ExportState.VALIDATED, done.export.error
    text = etree.tostring(etree.parse(str(done.root / ERMS)), encoding="unicode")
    assert text.count("<appendix ") == 1
    assert "Flyttad till" in text


def test_search_leads_to_the_new_record_by_what_the_file_says(
    sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    m = sqlite_municipality
    index = WhooshIndex(tmp_path / "index")
    with m.database.unit_of_work() as session:
        _wrong, right = closed_cases(m, session)
        number = f"{right.number_text}-1"
    Worker(m.database, [SearchIndexer(m.database, index)]).drain()
    with m.database.reading() as session:
        found = internal.search(
            session, index, m.registrar, SearchRequest(query="Ansökan.pdf", readers=frozenset())
        )
    assert [hit.number for hit in found.hits] == [number]
    index.close()
