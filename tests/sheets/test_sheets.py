"""The printed sheets: readable text, numbered pages, Swedish letters, nothing told that is hidden."""

from __future__ import annotations

import io
import uuid

import pypdfium2
import pytest
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.pdfgen.canvas import Canvas

from diarium.db.base import now
from diarium.i18n import today, use_locale
from diarium.identity.permissions import Actor
from diarium.register import case_sheet, closing, decisions, notes
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.errors import InvalidFact
from diarium.register.vocabulary import DecisionKind
from diarium.register.work_views import SeenEvent
from diarium.sheets import cover, fonts, labels, register_sheet
from diarium.sheets.codes import qr_code
from diarium.sheets.document import Print
from diarium.sheets.labels import Label
from diarium.sheets.lines import lines_of
from tests.conftest import Municipality

PRINT = Print("Ekdala kommun", "Rut Registrator", now())


def told(seen: SeenEvent) -> tuple[str, str]:
    return seen.event.action, seen.event.reason if seen.event.reason and seen.shows_texts else ""


def pages_of(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(content) as document:
        return [page.get_textpage().get_text_range() for page in document]


def sheet(m: Municipality, actor: Actor, uid: uuid.UUID) -> bytes:
    with m.database.reading() as session:
        return register_sheet.register_sheet(case_sheet.register_sheet(session, actor, uid), told, PRINT)


def busy_case(m: Municipality, records: int = 3, **facts: object) -> uuid.UUID:
    """A case with records, one of them cancelled, a note and a decision."""
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Åtgärder på Öråsvägen §", **facts)
        for number in range(records):
            record = m.record(session, case, title=f"Handling nummer {number}")
        closing.cancel_record(session, m.registrar, record, "Registrerad två gånger")
        notes.add(session, m.registrar, case, "Sökanden ringde")
        facts_ = DecisionFacts(DecisionKind.BOARD, today(), "Nämnden", "Bifall till ansökan", "14")
        decisions.record_decision(session, m.registrar, case, facts_)
        return case.uid


def test_sheet_holds_every_entry_and_says_who_printed_it(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    (text,) = pages_of(sheet(m, m.registrar, busy_case(m)))
    for wanted in ("Åtgärder på Öråsvägen §", "Handling nummer 0", "Registrerad två gånger", "Sökanden ringde",
                   "Bifall till ansökan", "§ 14", "Trafikbolaget AB", "sida 1 av 1", "av Rut Registrator",
                   "Ekdala kommun"):  # fmt: skip
        assert wanted in " ".join(text.split()), wanted


def test_long_sheet_has_numbered_pages_and_breaks_what_is_longer_than_one(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    uid = busy_case(m, records=60)
    with m.database.unit_of_work() as session:
        notes.add(session, m.registrar, case_sheet.load(session, m.registrar, uid), "Ett långt samtal. " * 1000)
    pages = pages_of(sheet(m, m.registrar, uid))
    assert len(pages) > 3
    assert all(f"sida {number} av {len(pages)}" in text for number, text in enumerate(pages, start=1))


def test_sheet_has_title_and_language_and_its_own_letters(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    uid = busy_case(m)
    content = sheet(m, m.registrar, uid)
    with pypdfium2.PdfDocument(content) as document:
        assert document.get_metadata_value("Title").startswith("Dagboksblad KS")
        assert document.get_metadata_value("Author") == "Ekdala kommun"
    assert b"/FontFile2" in content
    assert b"/Lang (sv)" in content
    with use_locale("en"):
        assert b"/Lang (en)" in sheet(m, m.registrar, uid)


def test_sheet_hides_what_its_reader_may_not_see_and_says_so(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    marked = busy_case(m, restrictions=(RestrictionFacts("26:1"),))
    guarded = busy_case(m, parties=(PartyFacts("Eva Ek", is_protected=True),))
    for uid, secrets in ((marked, ["Öråsvägen", "ringde", "Trafikbolaget"]), (guarded, ["Eva Ek", "ringde"])):
        text = " ".join(" ".join(pages_of(sheet(m, m.officer, uid))).split())
        assert [secret for secret in secrets if secret in text] == []
        assert "är utelämnade i utskriften" in text
        text = " ".join(" ".join(pages_of(sheet(m, m.registrar, uid))).split())
        assert [secret for secret in secrets if secret not in text] == []
        assert "Förvara den därefter" in text


def test_cancelled_line_is_struck_and_tells_why(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    uid = busy_case(m)
    with m.database.reading() as session:
        found = lines_of(case_sheet.register_sheet(session, m.registrar, uid).entries, told)
    (struck,) = [line for line in found if line.is_struck]
    assert struck.text == "Handling nummer 2"
    assert "Makulerad: Registrerad två gånger" in struck.details


def test_hostile_title_is_printed_and_never_read_as_markup(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title='<b>Fet</b> & <img src="x"/> 🏠 Łucja Ąk \u05d0')
        uid = case.uid
    text = " ".join(" ".join(pages_of(sheet(m, m.registrar, uid))).split())
    assert '<b>Fet</b> & <img src="x"/> ? Łucja Ak ?' in text
    assert "Tecken som skriften saknar" in text


def test_cover_shows_the_number_large_and_no_names(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    uid = busy_case(m, parties=(PartyFacts("Per Privat"),))
    with m.database.reading() as session:
        head = case_sheet.head_of(session, m.registrar, uid)
    (text,) = pages_of(cover.case_cover(head, f"https://diarium.example/intern/arende/{uid}", PRINT))
    assert head.view.number in text
    assert "Bevaras" in text
    assert "Per Privat" not in text


def test_labels_begin_at_the_chosen_place_and_go_on_to_the_next_sheet() -> None:
    wanted = [Label(f"KS 2026/1-{number}", ("Inkommen",), f"https://x.example/{number}") for number in range(1, 6)]
    pages = pages_of(labels.label_sheet(wanted, start=22))
    assert [text.count("KS 2026/1-") for text in pages] == [3, 2]
    assert len(pages_of(labels.label_sheet(wanted[:1], start=24))) == 1


@pytest.mark.parametrize("start", [0, 25, -1])
def test_place_that_no_sheet_has_is_refused(start: int) -> None:
    with pytest.raises(InvalidFact) as refusal:
        labels.label_sheet([], start=start)
    assert refusal.value.field == "start"


def test_single_label_has_its_own_size_and_the_whole_number() -> None:
    long = Label("KSLEDNINGSFÖRVALTN 2026-000123-1234", ("Inkommen",), "https://x.example/" + "a" * 60)
    content = labels.single_label(long)
    assert long.number in pages_of(content)[0]
    with pypdfium2.PdfDocument(content) as document:
        width, height = document[0].get_size()
        assert (round(width), round(height)) == (198, 105)


def test_code_is_drawn_upright_and_as_it_was_encoded() -> None:
    address = "https://diarium.example/intern/arende/" + str(uuid.uuid4())
    widget = QrCodeWidget(address, barLevel="M")
    widget.qr.make()
    wanted = [[bool(cell) for cell in row] for row in widget.qr.modules]
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 300))
    renderPDF.draw(qr_code(address, 300), canvas, 0, 0)
    canvas.save()
    with pypdfium2.PdfDocument(target.getvalue()) as document:
        picture = document[0].render(scale=3).to_pil().convert("L")
    side = len(wanted)
    # The widget leaves a quiet zone of four cells around the code.
    cell = picture.width / (side + 8)
    seen = [
        [picture.getpixel((int((column + 4.5) * cell), int((row + 4.5) * cell))) < 128 for column in range(side)]
        for row in range(side)
    ]
    assert seen == wanted


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Åsa Öberg, é § – ”", "Åsa Öberg, é § – ”"),
        ("Čapek Žižka", "Čapek Žižka"),
        ("Ąk", "Ak"),
        ("→", "->"),
        ("\u05d0", "?"),
    ],
)
def test_letters_without_a_glyph_are_replaced(text: str, printed: str) -> None:
    assert fonts.printable(text) == printed
    assert fonts.is_printable(text) is (printed in (text, "->"))
