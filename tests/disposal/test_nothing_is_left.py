"""After a disposal nothing of the case is left: in no table, no page of the database's file, no index, no store.

A word of its own is planted in every text column of every table that may tell of a case. The columns come from the
tables themselves: a new one is planted by itself, and a new table has to be given its place in the inventory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Column, Connection, Table, insert, select, update
from sqlalchemy import String as SqlString
from sqlalchemy import cast as sql_cast

from diarium.archive.delivery_states import DeliveryState
from diarium.archive.models import ExportItem, ExportPart, ExportState
from diarium.audit import verifying
from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.correspondence.vocabulary import MessageState
from diarium.disclosure.vocabulary import DecisionKind, RequestState
from diarium.disposal.due import Wanted
from diarium.disposal.inventory import FATES, KEPT_COLUMNS, Fate
from diarium.disposal.models import LegalHold, ProposalState
from diarium.register import correction, notes, publishing, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.models import Case, DisposalDepth
from diarium.register.vocabulary import DeadlineState
from diarium.secrecy.models import Scope
from diarium.tables import metadata
from tests.disposal.conftest import Archive
from tests.site.canaries import Canaries, _any_value, _holds_text, _name, _value
from tests.site.canary_town import parties

# States in which a case can be disposed of; a word would not be one.
SETTLED: Mapping[str, object] = {
    "deadline.state": DeadlineState.DONE,
    "export.state": ExportState.VALIDATED,
    "export_part.state": ExportState.VALIDATED,
    "package_delivery.state": DeliveryState.CONFIRMED,
    "outgoing_message.state": MessageState.SENT,
    "disclosure_request.state": RequestState.CLOSED,
    "disclosure_decision.kind": DecisionKind.NOTICE,
    "disclosure_request.language": "sv",
    "legal_hold.ended_at": None,
    "record.is_closed_circle": False,
    "case_file.is_closed_circle": False,
    "party.case_id": None,
}
# Made by use cases: their rows are given words, no row of garbage is added.
GIVEN_WORDS = frozenset({"case_file", "record", "document", "party", "blob_text", "restriction", "blob"})
# What has to be of a certain form: a salt, a file's type, places of files.
PLANTED_OTHERWISE = frozenset(
    {"audit_event.salt", "blob.warnings", "blob.mime", "draft.files", "export_part.package_name"}
)
NOT_TEXTS = frozenset({"blob.sha256", "file_review.sha256", "party.identity_number"})


def test_every_table_has_its_place_in_the_inventory() -> None:
    assert set(metadata.tables) == set(FATES)
    names = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert names >= KEPT_COLUMNS


def test_nothing_of_a_case_is_left_anywhere(archive: Archive) -> None:
    words = Canaries()
    case_id, package = _living_case(archive, words), archive.exports / "paket.zip"
    _plant(archive, words, case_id, package)
    assert " ".join(_unplanted(archive, words)) == ""
    archive.work()
    archive.sealer.run()
    package.write_text(words.plant("package"))
    assert len(_words_in(archive, words)) > 150  # what is looked for is there to be found
    words.secret = {word: field for word, field in words.secret.items() if field not in KEPT_COLUMNS}
    proposal = archive.dispose_all()
    assert proposal.state is ProposalState.DONE
    assert proposal.packages_removed == 1
    assert "\n".join(_left(archive, words)) == ""
    assert not package.exists()
    assert list(archive.town.blobs.iter_hashes()) == []
    _assert_the_log_is_whole(archive)


def test_where_only_the_files_go_titles_stay_and_no_file_is_told_of(archive: Archive) -> None:
    words = Canaries()
    case_id = _living_case(archive, words)
    with archive.database.reading() as session:
        title = session.get_one(Case, case_id).title
    archive.work()
    archive.sealer.run()
    proposal = archive.dispose_all(DisposalDepth.FILES)
    assert proposal.state is ProposalState.DONE
    of_files = {word for word, field in words.secret.items() if field.startswith("file ")}
    assert len(of_files) == 8
    kept = b"".join(content.lower() for _where, content in _everything(archive))
    assert [words.secret[word] for word in of_files if word.encode() in kept] == []
    with archive.database.reading() as session:
        case = session.get_one(Case, case_id)
        assert (case.title, case.disposed) == (title, DisposalDepth.FILES)
        assert [record.title for record in case.records if "zqx" not in record.title] == []
        assert len(case.parties) == 4
        (made,) = case.disposals
        assert made.files == {"1": 1, "2": 1}
    _assert_the_log_is_whole(archive)
    rest = archive.propose(wanted=Wanted("KS", with_files_gone=True))
    archive.approve(rest)
    archive.carry_out()
    with archive.database.reading() as session:
        assert session.get_one(Case, case_id).title == "Gallrat ärende"


def _living_case(archive: Archive, words: Canaries) -> int:
    """A case with a history: corrected, marked, noted, withdrawn, with files, closed long ago."""
    town = archive.town
    with archive.database.unit_of_work() as session:
        case = town.case(
            session,
            classification="2.1",
            title=words.plant("title"),
            case_type=words.plant("type"),
            note=words.plant("note"),
            parties=parties(words),
        )
        for _number in range(2):
            text = words.plant("file text")
            file = DocumentFacts(
                town.store(session, words.plant("file content").encode(), text=text),
                f"{words.plant('file name')}.txt",
                words.plant("file description"),
            )
            town.record(
                session, case, title=words.plant("record title"), parties=parties(words), documents=(file,)
            )
        notes.add(session, town.registrar, case, words.plant("case_note.body"))
    with archive.database.unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.id == case.id)).one()
        why = words.plant("reason")
        correction.correct_case(
            session,
            town.registrar,
            case,
            CaseCorrection(title=words.plant("new title")),
            why,
            version=case.version,
        )
        record = case.records[0]
        correction.correct_record(
            session,
            town.registrar,
            record,
            RecordCorrection(title=words.plant("new")),
            why,
            version=record.version,
        )
        facts = RestrictionFacts("26:1", Scope.TITLE, note=words.plant("mark"))
        secrecy_marks.mark(session, town.registrar, record, facts)
        publishing.withdraw(session, town.registrar, case, words.plant("withdrawal"))
        archive.close(session, case)
        return case.id


def _tables() -> Iterator[Table]:
    for table in metadata.sorted_tables:
        if FATES[table.name] in (Fate.REMOVED, Fate.STRUCK) and table.name != "disposal_content":
            yield table


def _columns(table: Table) -> list[Column[object]]:
    return [
        column
        for column in table.columns
        if _holds_text(column)
        and _name(column) not in KEPT_COLUMNS | NOT_TEXTS
        and not column.name.endswith("_key")
    ]


def _plant(archive: Archive, words: Canaries, case_id: int, package: Path) -> None:
    """A word in each text of the case's rows, and a row of its own in each table where the case had none."""
    with archive.database.unit_of_work() as session:
        connection = session.connection()
        case = session.get_one(Case, case_id)
        for table in _tables():
            if table.name in GIVEN_WORDS:
                _give_words(connection, table, words)
            elif table.name not in ("audit_event", "parked_change"):
                _add_row(connection, table, words)
        part = session.scalars(select(ExportPart)).one()
        part.package_name = package.name
        part.report = {"errors": 0, "warnings": 1, "findings": [{"message": words.plant("export_part.report")}]}
        session.add(ExportItem(export_id=part.export_id, case_id=case_id, part_id=part.id))
        change = session.scalars(select(Change.id).where(Change.entity_uid == case.uid).limit(1)).one()
        values = {
            "consumer": "files",
            "change_id": change,
            "attempts": 9,
            "error": words.plant("parked_change.error"),
        }
        parked = metadata.tables["parked_change"]
        now = {"parked_at": case.registered_at, "next_try_at": case.registered_at}
        connection.execute(insert(parked).values(values | now))
        _end_stop(session.scalars(select(LegalHold)).one(), words)
        body = words.plant("repeated_call.body") + str(case.uid)
        calls = metadata.tables["repeated_call"]
        connection.execute(update(calls).values(body=body))
        drafts = metadata.tables["draft"]
        form = {"case": case.number_text, "title": words.plant("draft.form")}
        connection.execute(update(drafts).values(form=form, files=[]))


def _end_stop(stop: LegalHold, words: Canaries) -> None:
    stop.ended_at, stop.until = stop.made_at, None


def _give_words(connection: Connection, table: Table, words: Canaries) -> None:
    for column in _columns(table):
        if column.name in ("warnings", "title") or column.unique:
            continue
        key = next(iter(table.primary_key.columns))
        for value in connection.scalars(select(key)).all():
            word = words.plant(_name(column))
            connection.execute(update(table).where(key == value).values({column.name: _value(column, word, word)}))


def _add_row(connection: Connection, table: Table, words: Canaries) -> None:
    """Where a table belongs to one of several things, it belongs to the record. What it needs is added first."""
    for key in (key for column in table.columns if not column.nullable for key in column.foreign_keys):
        if connection.scalar(select(key.column).limit(1)) is None:
            _add_row(connection, key.column.table, Canaries())
    values = {column.name: _any_value(connection, column, words) for column in table.columns}
    if {"case_id", "record_id"} <= set(values) and table.name in (
        "web_withdrawal",
        "restriction",
        "access_grant",
        "disclosure_item",
    ):
        values["case_id"] = None
    if "document_id" in values and table.name == "web_withdrawal":
        values["document_id"] = None
    if table.name == "access_grant":
        values["role"] = None
    names = {name.partition(".")[2]: value for name, value in SETTLED.items() if name.startswith(f"{table.name}.")}
    connection.execute(insert(table).values(values | names))


def _unplanted(archive: Archive, words: Canaries) -> list[str]:
    """Text columns of tables that may tell of a case in which no word stands."""
    found = []
    with archive.database.reading() as session:
        for table in _tables():
            for column in _columns(table):
                texts = session.scalars(select(sql_cast(column, SqlString)).where(column.is_not(None))).all()
                if not any(word in str(text).lower() for text in texts for word in words.secret):
                    found.append(_name(column))
    return [name for name in found if name not in PLANTED_OTHERWISE]


def _words_in(archive: Archive, words: Canaries) -> set[str]:
    kept = b"".join(content.lower() for _where, content in _everything(archive))
    return {word for word in words.secret if word.encode() in kept}


def _left(archive: Archive, words: Canaries) -> list[str]:
    return [f"{where}: {seen}" for where, content in _everything(archive) for seen in words.seen_in(content)]


def _everything(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Every byte of the database's files, or every row; every file of the index, the stores and the exports."""
    if archive.database.is_postgresql:
        with archive.database.reading() as session:
            for table in metadata.sorted_tables:
                for row in session.execute(select(*table.columns)):
                    yield table.name, str(tuple(row)).encode()
    else:
        path = Path(str(archive.database.engine.url.database))
        for file in sorted(path.parent.glob(f"{path.name}*")):
            yield file.name, file.read_bytes()
    for folder in (archive.index_folder, archive.blob_folder, archive.exports):
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            yield str(file), file.read_bytes() + file.name.encode()


def _assert_the_log_is_whole(archive: Archive) -> None:
    archive.sealer.run()
    with archive.database.reading() as session:
        verdict = verifying.verify(session, [archive.key.public])
        assert verdict.findings == ()
        assert verdict.unsealed == 0
        assert verdict.struck_out >= 2
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.disposed")).all()
        assert [event.after["decision"] for event in events if event.after] != []
