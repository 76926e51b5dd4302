"""A scheme comes in as a table: all mistakes are told at once, hostile files do no harm, nothing is lost."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from diarium.classification import exporting, importing, queries, rows
from diarium.classification.errors import InvalidScheme
from diarium.classification.importing import shipped_scheme
from diarium.classification.models import PublishingRule
from diarium.classification.rows import COLUMNS, REQUIRED_COLUMNS, ClassFacts, Line
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register.administration import table_files
from diarium.register.administration.table_files import InvalidTable
from tests.conftest import Municipality

HEADING = "Kod;Rubrik;Beskrivning;Publicering;Bevarande eller gallring;Gallringsfrist i år;Stöd;Handlingstyper"
GOOD = (
    f"{HEADING}\n1;Styra;Åtgärder;Uppgifter utan filer;Bevaras;;;\n"
    "1.1;Protokoll;;metadata_and_files;Gallras;10;Beslut § 4;Protokoll|Kallelse\n"
)


def lines_of(data: bytes) -> list[Line]:
    table = table_files.read(data, COLUMNS, REQUIRED_COLUMNS)
    return [Line(row.line, row.cells) for row in table.rows]


def workbook(cells: list[list[object]]) -> bytes:
    book = Workbook()
    for row in cells:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [GOOD.encode(), b"\xef\xbb\xbf" + GOOD.encode(), GOOD.encode("cp1252"), GOOD.encode("utf-16"),
     GOOD.replace(";", ",").encode(), GOOD.replace(";", "\t").encode(), GOOD.replace("\n", "\r\n").encode(),
     workbook([line.split(";") for line in GOOD.splitlines()])],
    ids=["utf-8", "mark", "windows", "utf-16", "comma", "tab", "crlf", "xlsx"],
)  # fmt: skip
def test_table_is_read_however_it_was_saved(data: bytes) -> None:
    classes, problems = rows.read(lines_of(data))
    assert problems == ()
    assert [(item.code, item.title, item.description) for item in classes] == [
        ("1", "Styra", "Åtgärder"),
        ("1.1", "Protokoll", ""),
    ]
    assert classes[1].publishing is PublishingRule.METADATA_AND_FILES
    assert classes[1].record_types == ("Protokoll", "Kallelse")
    assert classes[1].retention is not None
    assert (classes[1].retention.years, classes[1].retention.basis) == (10, "Beslut § 4")


def test_every_mistake_is_told_with_its_line_and_column() -> None:
    table = (
        f"{HEADING}\n"
        "1;;;Alltid;Kanske;;;\n"
        "2;Bygga;;;Gallras;;;\n"
        "2.a;Fel kod;;Visas inte alls;;;;\n"
        "2;Dubblett;;Visas inte alls;;;;\n"
        "5.1;Utan förälder;;Visas inte alls;Gallras;5;;\n"
        ";Ingen kod;;Visas inte alls;Bevaras;9;;\n"
    )
    _classes, problems = rows.read(lines_of(table.encode()))
    told = {(item.line, item.column) for item in problems}
    assert told == {
        (2, "Rubrik"), (2, "Publicering"), (2, "Bevarande eller gallring"), (3, "Publicering"),
        (3, "Gallringsfrist i år"), (4, "Kod"), (6, "Stöd"), (7, "Kod"), (7, "Gallringsfrist i år"),
    }  # fmt: skip
    assert all(item.message for item in problems)


def test_same_code_twice_and_a_missing_class_above_are_told() -> None:
    table = "Kod;Rubrik;Publicering\n1;A;metadata\n1;B;metadata\n4.2;C;metadata\n"
    _classes, problems = rows.read(lines_of(table.encode()))
    assert [(item.line, item.value) for item in problems] == [(3, "1"), (4, "4.2")]
    assert "rad 2" in problems[0].message
    assert "Klassen 4 saknas" in problems[1].message


def test_ten_comes_after_nine_and_unknown_columns_are_named() -> None:
    data = b"Kod;Rubrik;Publicering;Ansvarig\n10;T;metadata;x\n9;N;metadata;y\n"
    assert [item.code for item in rows.read(lines_of(data))[0]] == ["9", "10"]
    assert table_files.read(data, COLUMNS, REQUIRED_COLUMNS).ignored == ("Ansvarig",)


def test_code_that_a_spreadsheet_made_a_number_of_is_pointed_out() -> None:
    table = table_files.read(
        workbook([["Kod", "Rubrik", "Publicering"], [1, "A", "metadata"], [1.1, "B", "metadata"]]),
        COLUMNS,
        REQUIRED_COLUMNS,
    )
    assert [row.cells["code"] for row in table.rows] == ["1", "1.1"]
    assert table.numbers == ((3, "code", "1.1"),)


def swelling_workbook() -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["Kod"]]))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.namelist():
            target.writestr(member, source.read(member))
        target.writestr("xl/more.bin", b"0" * 60_000_000)
    return out.getvalue()


def entity_workbook() -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["Kod"]]))) as source,
        zipfile.ZipFile(out, "w") as target,
    ):
        for member in source.namelist():
            content = source.read(member)
            if member == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + content
            target.writestr(member, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"x" * (table_files.MAX_BYTES + 1), b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old",
     b"\x00\x01\x02", b"\x81\x8d;\x90", b"Namn;Annat\n1;2\n", b'Kod;Rubrik;Publicering\n"1;A;metadata\n',
     ("Kod;Rubrik;Publicering\n" + "1;A;metadata\n" * (table_files.MAX_ROWS + 1)).encode(),
     swelling_workbook(), entity_workbook()],
    ids=["empty", "blank", "large", "broken zip", "old excel", "binary", "no encoding", "no columns", "quotes",
         "too many rows", "zip bomb", "entities"],
)  # fmt: skip
def test_hostile_or_broken_file_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidTable) as refusal:
        table_files.read(data, COLUMNS, REQUIRED_COLUMNS)
    assert refusal.value.field == "files"
    assert refusal.value.message


def test_workbook_that_claims_a_million_rows_is_read_to_its_limit() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for place, name in enumerate(("Kod", "Rubrik", "Publicering"), start=1):
        sheet.cell(1, place, name)
        sheet.cell(1_000_000, place, "1")
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(InvalidTable):
        table_files.read(out.getvalue(), COLUMNS, REQUIRED_COLUMNS)


@pytest.mark.parametrize("text", ["=1+1", "+46 70", "-1", "@SUM(A1)", "\t=x", '=HYPERLINK("http://x")'])
def test_formula_is_a_text_on_its_way_out_and_back(text: str) -> None:
    facts = [ClassFacts("1", text.strip(), publishing=PublishingRule.METADATA)]
    (_heading, row) = csv.reader(io.StringIO(exporting.as_csv(facts).decode("utf-8-sig")), delimiter=";")
    assert row[1] == f"'{text.strip()}"
    sheet = load_workbook(io.BytesIO(exporting.as_xlsx(facts))).worksheets[0]
    assert sheet["B2"].data_type == "s"
    for data in (exporting.as_csv(facts), exporting.as_xlsx(facts)):
        assert rows.read(lines_of(data))[0] == tuple(facts)


def test_what_was_taken_out_comes_in_the_same(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        present = queries.facts_of_scheme(session, queries.scheme_on(session, today()))
        for data in (exporting.as_csv(present), exporting.as_xlsx(present)):
            assert rows.read(lines_of(data), must_name_basis=False)[0] == present


def test_report_tells_what_would_change_and_changes_nothing(municipality: Municipality) -> None:
    m = municipality
    table = (
        "Kod;Rubrik;Publicering;Bevarande eller gallring\n1;Styra;metadata;Bevaras\n"
        "1.1;Protokoll;Visas inte alls;Bevaras\n"
        "2;Bygga;metadata;Bevaras\n2.2;Rivning;metadata;\n"
    )
    with m.database.unit_of_work() as session:
        report = importing.check(session, m.administrator, lines_of(table.encode()))
        found = report.difference
        assert report.problems == ()
        assert [item.code for item in found.added] == ["2.2"]
        assert [item.code for item in found.removed] == ["2.1", "3", "4"]
        assert [(item.code, item.facts) for item in found.changed] == [
            ("1.1", (("Publicering", "Uppgifter och släppta filer", "Visas inte alls"),))
        ]
        assert found.unchanged == 2
        assert len(queries.schemes(session)) == 1
        new = importing.import_version(session, m.chief, lines_of(table.encode()), version="2", valid_from=today())
        assert [row.code for row in queries.tree(session, new)] == ["1", "1.1", "2", "2.2"]
        with pytest.raises(NotAllowed):
            importing.check(session, m.registrar, [])


def test_table_with_a_mistake_is_not_taken(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    for table in ("Kod;Rubrik;Publicering\n1;;metadata\n", "Kod;Rubrik;Publicering\n"):
        with m.database.unit_of_work() as session:
            with pytest.raises(InvalidScheme):
                importing.import_version(
                    session, SYSTEM, lines_of(table.encode()), version="2", valid_from=today()
                )
            assert len(queries.schemes(session)) == 1


def test_shipped_scheme_is_whole_and_has_a_basis_for_all_that_is_disposed_of() -> None:
    lines = [Line(number, row) for number, row in enumerate(shipped_scheme(), start=2)]
    classes, problems = rows.read(lines)
    assert problems == ()
    assert len(classes) >= 150
    assert {item.code.count(".") for item in classes} == {0, 1, 2}
    above = {rows.parent_code(item.code) for item in classes}
    leaves = [item for item in classes if item.code not in above]
    assert [item.code for item in leaves if not item.record_types or item.retention is None] == []
    assert [item.code for item in classes if not item.description] == []
