"""The certificate as a sheet of paper to be signed and put among the authority's own records."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table, TableStyle

from diarium.disposal.certificate import Certificate
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.sheets import fonts
from diarium.sheets.document import BODY, HEADING, SMALL, SUBHEADING, Print, build, paragraph

_PLAIN = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
_RULED = TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey)], parent=_PLAIN)


def certificate_pdf(certificate: Certificate, print_: Print) -> bytes:
    """The certificate as PDF."""
    fonts.register()
    title = _("Gallringsbevis %(number)s", number=certificate.number)
    story: list[Flowable] = [
        paragraph(certificate.authority, SUBHEADING),
        paragraph(title, HEADING),
        paragraph(_("Gallringen var genomförd %(when)s.", when=show_time(certificate.finished_at))),
        Spacer(1, 4 * mm),
        _table([(term, value) for term, value in certificate.facts], (50, 120), _PLAIN),
        paragraph(_("Så gjordes det"), SUBHEADING),
        *(paragraph(f"• {method}") for method in certificate.methods),
        paragraph(_("Regler"), SUBHEADING),
        _table([(item.rule, item.basis, str(item.cases)) for item in certificate.rules], (70, 80, 20), _RULED),
        paragraph(_("Gallrade ärenden"), SUBHEADING),
        _table(
            [
                (_("Nummer"), _("Handlingar"), _("Filer"), _("Tidigast"), _("Gallrat")),
                *(
                    (
                        item.number_text,
                        str(item.record_count),
                        str(item.file_count),
                        item.due_on.isoformat() if item.due_on else "",
                        show_time(item.disposed_at),
                    )
                    for item in certificate.cases
                ),
            ],
            (55, 25, 20, 30, 40),
            _RULED,
            head=True,
        ),
    ]
    if certificate.left_out:
        rows = [(item.number_text, item.reason or "") for item in certificate.left_out]
        story += [paragraph(_("Undantogs eller stoppades"), SUBHEADING), _table(rows, (55, 115), _RULED)]
    story.append(KeepTogether([Spacer(1, 18 * mm), paragraph("_" * 40), paragraph(_("Underskrift"), SMALL)]))
    return build(title, story, print_)


def _table(
    rows: Sequence[Sequence[str]], widths: Sequence[int], style: TableStyle, *, head: bool = False
) -> Flowable:
    if not rows:
        return Spacer(1, 1)
    cells = [[paragraph(text, BODY) for text in row] for row in rows]
    return Table(
        cells, colWidths=[width * mm for width in widths], hAlign="LEFT", style=style, repeatRows=int(head)
    )
