"""A letter as PDF with words that nothing else in the demonstration holds."""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

SENDER = "Sigrid Hjortronmyr"
WORD = "skymningsfågelholk"
TITLE = "Erbjudande om samverkan kring stadsparken"


def write_letter(path: Path) -> Path:
    """Writes the letter: it holds the word and the sender's name."""
    canvas = Canvas(str(path), pagesize=A4)
    for line, text in enumerate(
        (
            "Till Ekdala kommun",
            f"Vi vill ställa upp en {WORD} i stadsparken och sköta den i fem år.",
            "Med vänlig hälsning",
            SENDER,
        )
    ):
        canvas.drawString(72, 770 - 28 * line, text)
    canvas.save()
    return path
