"""Exports: every cell comes back as it was, none is a formula, and the log says who took what out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.lists import exporting, filtering, paging
from diarium.lists.definitions.cases import CASES
from diarium.lists.export import Form, cells, write_file
from diarium.lists.filtering import Criteria
from diarium.lists.model import Value
from tests.conftest import Municipality
from tests.lists.register_of_many import fill

DANGEROUS = (
    "=1+1", "+46 70", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "＝1",
    "＋1", "－1", "＠x", "\x00=1", "=cmd|' /C calc'!A0", "\u202e=1", "\u3000@x", "\u0301=1", "﹢1", "﬩1",
)  # fmt: skip


def as_csv(rows: Sequence[Sequence[Value]], form: Form = Form.CSV) -> list[list[str]]:
    made = write_file(form, ["A", "B"], rows)
    text = made.file.read().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if form is Form.CSV else ","))[1:]


def as_sheet(rows: Sequence[Sequence[Value]]) -> Worksheet:
    sheet = openpyxl.load_workbook(write_file(Form.XLSX, ["A", "B"], rows).file).active
    assert isinstance(sheet, Worksheet)
    return sheet


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert as_csv([[text, "x"]])[0][0].startswith("'")
    cell = as_sheet([[text, "x"]])["A2"]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.quotePrefix
    assert "<f>" not in sheet_xml([[text, "x"]])


def test_harmless_text_is_left_as_it_is() -> None:
    text = 'Åtgärd; "citat", 1=1 – e-post a@b.se'
    assert as_csv([[text, ""]]) == [[text, ""]]
    cell = as_sheet([[text, "x"]])["A2"]
    assert cell.value == text
    assert not cell.quotePrefix


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=3))
def test_any_text_comes_back_without_control_characters(rows: list[tuple[str, str]]) -> None:
    read = as_csv(rows)
    sheet = as_sheet(rows)
    assert len(read) == len(rows)
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            expected = cells.text_of(text)
            back = read[number][place]
            assert back in (expected, f"'{expected}")
            assert back[:1] not in tuple("=+-@\t\r\n") or not back
            cell = sheet.cell(number + 2, place + 1)
            assert cell.data_type != "f"
            # XML readers fold what stands alone as blanks.
            assert (cell.value or "") == expected or expected.isspace() or "_x" in expected
            assert "\x00" not in back


def test_dates_are_dates_and_moments_are_by_the_swedish_clock() -> None:
    moment = dt.datetime(2026, 7, 1, 22, 30, 15, 99, dt.UTC)
    sheet = as_sheet([[dt.date(2024, 2, 29), moment], [dt.date(1650, 1, 1), 7], [None, 0]])
    assert sheet["A2"].value == dt.datetime(2024, 2, 29)
    assert sheet["A2"].number_format == "yyyy-mm-dd"
    assert sheet["B2"].value == dt.datetime(2026, 7, 2, 0, 30, 15)
    assert (sheet["A3"].value, sheet["B3"].value) == ("1650-01-01", 7)
    assert (sheet["A4"].value, sheet["B4"].value) == (None, 0)
    assert as_csv([[dt.date(2024, 2, 29), moment]]) == [["2024-02-29", "2026-07-02 00:30:15"]]


def test_sheet_has_a_heading_that_stays_and_filters() -> None:
    sheet = as_sheet([["x", 1], ["y", 2]])
    assert [cell.value for cell in sheet[1]] == ["A", "B"]
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"


def test_csv_is_for_excel_or_for_other_programs() -> None:
    assert write_file(Form.CSV, ["Å"], []).file.read() == '\ufeff"Å"\r\n'.encode()
    assert write_file(Form.CSV_COMMA, ["Å", "B"], [["a,b", 1]]).file.read() == '"Å","B"\r\n"a,b",1\r\n'.encode()


@pytest.mark.parametrize("form", list(Form))
def test_file_that_is_cut_says_so(form: Form) -> None:
    taken = []

    def rows() -> Iterator[Sequence[Value]]:
        for number in range(100):
            taken.append(number)
            yield (number,)

    made = write_file(form, ["A"], rows(), most=3)
    assert (made.rows, made.is_cut) == (3, True)
    assert len(taken) == 4, "no more is read than is needed to know"
    content = made.file.read()
    text = content.decode("utf-8-sig") if form is not Form.XLSX else _all_text(content)
    assert "bara de första 3 raderna" in text
    assert not write_file(form, ["A"], [(1,), (2,), (3,)], most=3).is_cut


@pytest.mark.parametrize("form", list(Form))
def test_file_that_could_not_be_finished_leaves_nothing_behind(
    form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> Iterator[Sequence[Value]]:
        yield ("a",)
        raise OSError("the disk is full")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OSError, match="the disk is full"):
        write_file(form, ["A"], rows())
    assert list(tmp_path.iterdir()) == []


def test_export_holds_the_rows_of_the_list_in_its_order(municipality: Municipality) -> None:
    fill(municipality, 30, marked=False)
    who = municipality.registrar
    criteria = filtering.read(CASES.filters, {"open": "1"})
    with municipality.database.reading() as session:
        page = paging.page(session, who, CASES, criteria, sort="title", size=100)
        made = exporting.export(session, who, CASES, criteria, sort="title", form=Form.XLSX)
    sheet = openpyxl.load_workbook(made.file.file).active
    assert isinstance(sheet, Worksheet)
    assert [cell.value for cell in sheet[1]] == [str(column.label) for column in CASES.columns]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [row.values[0] for row in page.rows]
    assert made.file.rows == len(page.rows)


def test_taking_a_list_out_is_written_to_the_log(municipality: Municipality) -> None:
    fill(municipality, 5)
    who = municipality.registrar
    with municipality.database.reading() as session:
        made = exporting.export(session, who, CASES, Criteria({"open": "1"}), sort=None, form=Form.CSV)
    with municipality.database.unit_of_work() as session:
        exporting.note(session, who, CASES.name, str(CASES.label), {"open": "1"}, Form.CSV, made.file)
    with municipality.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "list.exported")).one()
    assert event.actor_name == who.name
    assert event.after == {
        "list": "arenden", "filters": {"open": "1"}, "form": "csv", "rows": made.file.rows, "is_cut": False,
    }  # fmt: skip


def sheet_xml(rows: Sequence[Sequence[Value]]) -> str:
    with zipfile.ZipFile(write_file(Form.XLSX, ["A", "B"], rows).file) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def _all_text(content: bytes) -> str:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert isinstance(sheet, Worksheet)
    return " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
