"""Lists as files for other programs: CSV and XLSX, written a row at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, cast

from babel.numbers import format_decimal

from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.lists.export import comma_separated, spreadsheet
from diarium.lists.model import Value

MOST_ROWS = 50_000
_IN_MEMORY = 2_000_000


class Form(StrEnum):
    """What kind of file."""

    CSV = "csv"
    CSV_COMMA = "csv-komma"
    XLSX = "xlsx"


FORM_LABELS: Mapping[Form, str] = {
    Form.XLSX: _l("Excel (XLSX)"),
    Form.CSV: _l("CSV för Excel (semikolon)"),
    Form.CSV_COMMA: _l("CSV för andra program (komma)"),
}
_MIME_TYPES: Mapping[Form, str] = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.CSV: "text/csv; charset=utf-8",
    Form.CSV_COMMA: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file, open at its beginning. `is_cut`: there was more than it could hold."""

    file: IO[bytes]
    mime_type: str
    suffix: str
    rows: int
    is_cut: bool


def write_file(
    form: Form, labels: Sequence[str], rows: Iterable[Sequence[Value]], *, most: int = MOST_ROWS
) -> Exported:
    """Writes the labels and at most `most` of `rows`; where there are more, a last row says so.

    No cell is ever a formula, whatever stands in it.
    """
    counted = _Counted(rows, most)
    target = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 (the answer closes it)
    try:
        if form is Form.XLSX:
            spreadsheet.write(target, labels, counted)
        else:
            comma_separated.write(target, labels, counted, for_excel=form is Form.CSV)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    suffix = "xlsx" if form is Form.XLSX else "csv"
    return Exported(target, _MIME_TYPES[form], suffix, counted.count, counted.is_cut)


def cut_note(most: int) -> str:
    """What a file says that does not hold everything."""
    return _(
        "Listan är avkortad: bara de första %(most)s raderna finns med. Begränsa urvalet för att få resten.",
        most=format_decimal(most, locale=current_locale()),
    )


class _Counted:
    """The rows up to the limit and then the note, counting them as they go by."""

    def __init__(self, rows: Iterable[Sequence[Value]], most: int) -> None:
        self._rows, self._most = rows, most
        self.count = 0
        self.is_cut = False

    def __iter__(self) -> Iterator[Sequence[Value]]:
        for row in self._rows:
            if self.count == self._most:
                self.is_cut = True
                yield (cut_note(self._most),)
                return
            self.count += 1
            yield row
