"""The open register follows the register, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from diarium.changes import feed
from diarium.classification.models import Classification, PublishingRule
from diarium.files.models import BlobText
from diarium.public import projector
from diarium.public.database import ensure_projection, open_public_database
from diarium.public.errors import ForeignDatabase, NotInOpenRegister
from diarium.public.models import PendingWork, ProjectionState, PublicCase, PublicDocument
from diarium.register import closing, correction, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.models import Record
from diarium.search.errors import IndexBusy
from diarium.secrecy.models import Scope
from tests.public.open_register import OpenRegister, counted_statements


def register_minutes(opened: OpenRegister, session: Session, content: str = "Protokoll om broar") -> Record:
    """A record of a class whose released files are shown, with one released file."""
    municipality = opened.municipality
    sha256 = municipality.store(session, content.encode())
    session.merge(BlobText(sha256=sha256, text=content))
    case = municipality.case(session, classification="1.1", title="Kommunstyrelsens möte")
    file = DocumentFacts(sha256, "protokoll.txt", is_released=True)
    return municipality.record(session, case, title="Justerat protokoll", documents=(file,))


def contents(opened: OpenRegister) -> list[str]:
    return list(opened.released.iter_hashes())


def test_registered_record_is_found_and_shown(open_register: OpenRegister) -> None:
    with open_register.municipality.database.unit_of_work() as session:
        record = register_minutes(open_register, session)
    open_register.catch_up()
    case = record.case
    assert open_register.found("broar") == [record.number_text]
    sheet = open_register.reader.case("KS", case.year, case.number)
    assert (sheet.case.title, [r.title for r in sheet.records]) == (
        "Kommunstyrelsens möte",
        ["Justerat protokoll"],
    )
    (document,) = open_register.reader.record("KS", case.year, case.number, 1).record.documents
    download = open_register.reader.document(document.uid)
    assert download.path.read_text() == "Protokoll om broar"
    assert open_register.folder in download.path.parents


def test_mark_takes_away_title_file_and_hits_at_once_and_lifting_gives_them_back(
    open_register: OpenRegister,
) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        record = register_minutes(open_register, session)
    open_register.catch_up()
    (document,) = open_register.reader.record("KS", record.case.year, record.case.number, 1).record.documents
    with municipality.database.unit_of_work() as session:
        mark = secrecy_marks.mark(
            session,
            municipality.registrar,
            session.get_one(Record, record.id),
            RestrictionFacts("26:1", Scope.WHOLE),
        )
    open_register.catch_up()
    assert open_register.found("broar") == []
    assert open_register.found("Justerat") == []
    assert contents(open_register) == []
    with pytest.raises(NotInOpenRegister):
        open_register.reader.document(document.uid)
    with municipality.database.unit_of_work() as session:
        target = session.get_one(Record, record.id)
        secrecy_marks.lift(session, municipality.registrar, target, mark.uid, "Prövad på nytt")
    open_register.catch_up()
    assert open_register.found("broar") == [record.number_text]
    assert len(contents(open_register)) == 1


def test_mark_on_a_case_takes_away_the_titles_of_its_records(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session)
        municipality.record(session, case, title="Upphandling av bussar")
    open_register.catch_up()
    assert open_register.found("bussar")
    with municipality.database.unit_of_work() as session:
        secrecy_marks.mark(
            session, municipality.registrar, session.merge(case), RestrictionFacts("31:16", Scope.TITLE)
        )
    open_register.catch_up()
    assert open_register.found("bussar") == []
    assert len(open_register.found(case.number_text)) == 2


def test_withdrawn_file_goes_unless_another_record_shows_the_same(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        records = [register_minutes(open_register, session) for _ in range(2)]
    open_register.catch_up()
    for record, left in zip(records, (1, 0), strict=True):
        with municipality.database.unit_of_work() as session:
            document = session.get_one(Record, record.id).documents[0]
            correction.release_document(session, municipality.registrar, document, released=False)
        open_register.catch_up()
        assert len(contents(open_register)) == left


def test_released_file_without_content_does_not_stop_the_case(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        record = register_minutes(open_register, session)
    municipality.blobs.path(record.documents[0].sha256).unlink()
    open_register.catch_up()
    shown = open_register.reader.record("KS", record.case.year, record.case.number, 1).record
    assert (shown.title, shown.documents) == ("Justerat protokoll", [])


def test_case_of_a_class_that_is_closed_to_the_public_goes_with_the_next_change(
    open_register: OpenRegister,
) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        record = municipality.record(session)
    open_register.catch_up()
    with municipality.database.unit_of_work() as session:
        session.execute(
            update(Classification).where(Classification.code == "1").values(publishing=PublishingRule.NOTHING)
        )
        feed.publish(session, "record", record.uid, "record.corrected")
    open_register.catch_up()
    assert open_register.found("") == []
    with pytest.raises(NotInOpenRegister):
        open_register.reader.case("KS", record.case.year, record.case.number)


class BrokenIndex:
    """An index that another process holds for as long as `is_broken`."""

    def __init__(self, opened: OpenRegister) -> None:
        self._index = opened.index
        self.is_broken = True

    def apply(self, *arguments: Any) -> None:
        if self.is_broken:
            raise IndexBusy("busy")
        self._index.apply(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


def test_hit_is_not_shown_and_work_is_kept_while_the_index_can_not_be_written(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        record = municipality.record(session, title="Upphandling av bussar")
    open_register.catch_up()
    broken = BrokenIndex(open_register)
    failing = projector.Projector(
        municipality.database, open_register.public, municipality.blobs, open_register.released, broken
    )
    with municipality.database.unit_of_work() as session:
        record = session.get_one(Record, record.id)
        secrecy_marks.mark(session, municipality.registrar, record, RestrictionFacts("26:1", Scope.WHOLE))
    with municipality.database.reading() as session:
        changes = feed.pending(session, "public")
    with pytest.raises(IndexBusy):
        failing.handle(changes)
    for hit in open_register.search("bussar").found:
        assert "buss" not in hit.heading_html + hit.snippet_html
    broken.is_broken = False
    failing.handle([])
    assert open_register.found("bussar") == []
    with open_register.public.reading() as session:
        assert session.scalar(select(func.count()).select_from(PendingWork)) == 0


def test_rebuild_shows_what_is_there_and_drops_what_is_not(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        register_minutes(open_register, session)
        gone = register_minutes(open_register, session, "Protokoll om vägar")
    open_register.catch_up()
    with municipality.database.unit_of_work() as session:  # not told to the feed
        session.get_one(Record, gone.id).case.classification = session.scalars(
            select(Classification).where(Classification.code == "4")
        ).one()
    assert open_register.projector.rebuild() == 2
    assert open_register.found("vägar") == []
    assert len(open_register.found("broar")) == 1
    assert len(contents(open_register)) == 1


def test_interrupted_rebuild_goes_on_where_it_stopped(
    open_register: OpenRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "_BATCH", 2)
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        for _ in range(5):
            municipality.record(session)
    project = open_register.projector._project
    done: list[int] = []

    def stop_at_the_second(uids: Any, *, rebuilt_to: int | None = None) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(len(uids))
        project(uids, rebuilt_to=rebuilt_to)

    monkeypatch.setattr(open_register.projector, "_project", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        open_register.projector.rebuild()
    monkeypatch.setattr(open_register.projector, "_project", project)
    assert open_register.projector.rebuild() == 3
    assert len(open_register.found("")) == 10


def test_other_version_is_dropped_and_filled_again(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        municipality.record(session)
    open_register.catch_up()
    with open_register.public.unit_of_work() as session:
        session.get_one(ProjectionState, 1).version = 0
    open_register.projector.ensure()
    assert len(open_register.found("")) == 2
    assert not ensure_projection(open_register.public)


def test_lost_index_is_made_again_from_the_public_tables(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        municipality.record(session)
    open_register.catch_up()
    open_register.index.rebuild([])
    open_register.projector.ensure()
    assert len(open_register.found("")) == 2


def test_projection_takes_the_same_number_of_statements_for_one_case_and_for_many(
    open_register: OpenRegister,
) -> None:
    municipality = open_register.municipality
    counts = []
    for amount in (1, 12):
        with municipality.database.unit_of_work() as session:
            for _ in range(amount):
                record = register_minutes(open_register, session, f"Protokoll {amount}")
                municipality.record(session, record.case)
        with municipality.database.reading() as session:
            changes = feed.pending(session, "public")
        with counted_statements(municipality.database) as statements:
            open_register.projector.handle(changes)
        with municipality.database.unit_of_work() as session:
            feed.advance(session, "public", changes[-1])
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_register_is_never_taken_for_the_open_register(open_register: OpenRegister) -> None:
    if open_register.public.is_postgresql:
        pytest.skip("on PostgreSQL the open register has a schema of its own")
    with open_register.municipality.database.unit_of_work() as session:
        open_register.municipality.record(session)
    wrong = open_public_database(str(open_register.municipality.database.engine.url))
    with pytest.raises(ForeignDatabase):
        ensure_projection(wrong)
    wrong.close()
    with open_register.municipality.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 1


def test_site_may_open_the_tables_without_any_right_to_write(open_register: OpenRegister) -> None:
    if open_register.public.is_postgresql:
        pytest.skip("on PostgreSQL the role decides; see the next test")
    with open_register.municipality.database.unit_of_work() as session:
        open_register.municipality.record(session)
    open_register.catch_up()
    reading = open_public_database(open_register.url, read_only=True)
    with reading.reading() as session:
        assert session.scalar(select(func.count()).select_from(PublicCase)) == 1
    with pytest.raises(Exception, match="readonly"), reading.unit_of_work() as session:
        session.execute(update(PublicCase).values(title="Ändrad"))
    reading.close()


@pytest.mark.postgresql
def test_public_role_can_read_the_open_register_and_nothing_else(open_register: OpenRegister) -> None:
    if not open_register.public.is_postgresql:
        pytest.skip("SQLite has no roles")
    with open_register.public.unit_of_work() as session:
        if not session.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'diarium_public'")):
            session.execute(text("CREATE ROLE diarium_public"))
    open_register.projector.ensure()
    with open_register.public.reading() as session:
        session.execute(text("SET LOCAL ROLE diarium_public"))
        assert session.scalars(select(PublicCase)).all() == []
        assert session.scalars(select(PublicDocument)).all() == []
        with pytest.raises(Exception, match="permission denied"):
            session.execute(text("SELECT * FROM public.case_file"))


def test_cancelled_record_keeps_its_number_in_the_open_register(open_register: OpenRegister) -> None:
    municipality = open_register.municipality
    with municipality.database.unit_of_work() as session:
        record = municipality.record(session, title="Upphandling av bussar")
    open_register.catch_up()
    with municipality.database.unit_of_work() as session:
        closing.cancel_record(session, municipality.registrar, session.get_one(Record, record.id), "Fel ärende")
    open_register.catch_up()
    assert open_register.found("bussar") == []
    assert record.number_text in open_register.found(record.number_text)
