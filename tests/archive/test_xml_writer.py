"""XML written as a stream is well formed and says what was meant."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from diarium.archive.erms_parts import years_after
from diarium.archive.xml_writer import Value, text_of, xml_document


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (7, "7"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.datetime(2024, 7, 1, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2024-07-01T10:00:00Z"),
        ("a\x00b\x0bc\ud800d\ufffee😀", "abcde😀"),
        (None, ""),
    ],
)
def test_values_get_their_xml_form(value: Value, written: str) -> None:
    assert text_of(value) == written


@given(st.text(st.characters()))
def test_any_text_can_be_put_into_xml(text: str) -> None:
    element = etree.Element("a", b=text_of(text))
    element.text = text_of(text)
    assert etree.fromstring(etree.tostring(element)).get("b") == text_of(text)


def test_a_document_is_indented_and_leaves_out_what_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    with xml_document(
        path, "root", "urn:x", {"kind": "a", "none": None}, schema_locations={"urn:x": "x.xsd"}
    ) as xml:
        xml.leaf("unknown", None)
        xml.leaf("empty", "")
        with xml.element("outer"):
            xml.leaf("inner", "1 & 2")
        xml.required("demanded", None)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[2:] == [
        "  <outer>",
        "    <inner>1 &amp; 2</inner>",
        "  </outer>",
        "  <demanded></demanded>",
        "</root>",
    ]
    assert 'xsi:schemaLocation="urn:x x.xsd"' in lines[1]
    assert "none" not in lines[1]


def test_a_leap_day_has_its_end_on_28_february() -> None:
    assert years_after(dt.date(2024, 2, 29), 10) == dt.date(2034, 2, 28)
    assert years_after(dt.date(2024, 2, 29), 4) == dt.date(2028, 2, 29)
