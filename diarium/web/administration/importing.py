"""Reading in tables: a classification scheme or provisions, looked through first and taken when all is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.classification import importing
from diarium.classification.rows import COLUMNS, REQUIRED_COLUMNS, Line, Problem
from diarium.errors import DomainError
from diarium.files.tickets import UploadedFile
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import ngettext
from diarium.identity.permissions import Permission
from diarium.register.administration import table_files
from diarium.register.administration.table_files import InvalidTable, Table
from diarium.register.schemas import day_or_error
from diarium.secrecy import editing as provisions
from diarium.secrecy.editing import ProvisionFacts
from diarium.web import context, uploads
from diarium.web.administration.frame import Failure, attempt, blueprint, filled, required_day, text
from diarium.web.registration.form import tolerant_date

PROVISION_COLUMNS: Mapping[str, str] = {
    "law": _l("Lag"),
    "chapter": _l("Kapitel"),
    "paragraph": _l("Paragraf"),
    "subject": _l("Vad det gäller"),
    "harm_test": _l("Skaderekvisit"),
    "max_years": _l("Längsta tid"),
    "typical_use": _l("Vanlig användning"),
    "source": _l("Källa"),
    "valid_from": _l("Gäller från"),
    "valid_to": _l("Gäller till"),
}
_MOST_SHOWN = 300


@blueprint.route("/klassificering/las-in", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def scheme_import() -> ResponseReturnValue:
    """A table becomes a new version: first a report of what it says and would change, then the version."""
    who = context.actor()
    failure, report, table = None, None, None
    kept: list[UploadedFile] = []
    if request.method == "POST":
        kept, table, failure = _table(COLUMNS, REQUIRED_COLUMNS)
        if table is not None:
            lines = [Line(row.line, row.cells) for row in table.rows]
            with context.diarium().database.reading() as session:
                report = importing.check(session, who, lines)
            problems = [*_numbers(table), *report.problems]
            if not problems and request.form.get("step") == "apply":
                failure = attempt(lambda session: _take(session, lines))
                if failure is None:
                    flash(_("Tabellen är inläst som en ny version."), "success")
                    return redirect(url_for("administration.scheme_list"))
    return filled(
        "administration/schemes/import.html",
        {"valid_from": "", "version": ""},
        failure or (Failure() if request.method == "POST" else None),
        kept=uploads.as_tickets(kept),
        table=table,
        report=report,
        problems=([*_numbers(table), *report.problems] if table and report else [])[:_MOST_SHOWN],
        columns=COLUMNS,
        max_bytes=table_files.MAX_BYTES,
    )


@blueprint.route("/lagrum/las-in", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def provision_import() -> ResponseReturnValue:
    """Provisions of a table that are not there yet are added; those that are stay as they are."""
    who = context.actor()
    failure, found, table = None, None, None
    kept: list[UploadedFile] = []
    if request.method == "POST":
        kept, table, failure = _table(PROVISION_COLUMNS, ("law", "chapter", "paragraph", "subject", "source"))
        if table is not None:
            rows, problems = _provisions(table)
            with context.diarium().database.reading() as session:
                found = provisions.check_table(session, who, rows)
            problems += [
                Problem(item.line, str(PROVISION_COLUMNS.get(item.column, "")), item.citation, item.problem)
                for item in found
                if item.problem
            ]
            if not problems and request.form.get("step") == "apply":
                added: list[int] = []
                failure = attempt(lambda session: added.append(provisions.add_new(session, who, rows)))
                if failure is None:
                    flash(
                        ngettext("%(num)s lagrum är tillagt.", "%(num)s lagrum är tillagda.", added[0]), "success"
                    )
                    return redirect(url_for("administration.provision_list"))
    return filled(
        "administration/common/provision_import.html",
        {},
        failure or (Failure() if request.method == "POST" else None),
        kept=uploads.as_tickets(kept),
        table=table,
        found=found,
        problems=problems[:_MOST_SHOWN] if table is not None else [],
        columns=PROVISION_COLUMNS,
        max_bytes=table_files.MAX_BYTES,
    )


def _table(
    columns: Mapping[str, str], required: Sequence[str]
) -> tuple[list[UploadedFile], Table | None, Failure | None]:
    """The table of the form's file, which is kept so that it need not be chosen again."""
    kept, problem = uploads.collect()
    if problem is not None:
        return [], None, Failure({"files": problem})
    if not kept:
        return [], None, Failure({"files": _("Välj en fil: CSV eller XLSX.")})
    chosen = kept[-1]
    try:
        if chosen.size > table_files.MAX_BYTES:
            return [], None, Failure({"files": table_files.too_large().message})
        with context.diarium().blobs.open(chosen.sha256) as source:
            data = source.read()
        return [chosen], table_files.read(data, columns, required), None
    except InvalidTable as error:
        return [], None, Failure({"files": error.message})


def _numbers(table: Table) -> list[Problem]:
    message = _(
        "Cellen är ett tal, så 1.1 och 1.10 går inte att skilja. Gör kolumnen till text och skriv koden igen."
    )
    return [
        Problem(line, str(COLUMNS[name]), value, message) for line, name, value in table.numbers if name == "code"
    ]


def _take(session: Session, lines: Sequence[Line]) -> None:
    valid_from = required_day("valid_from", _("Skriv från vilken dag versionen ska gälla."))
    importing.import_version(session, context.actor(), lines, version=text("version"), valid_from=valid_from)


def _provisions(table: Table) -> tuple[list[tuple[int, ProvisionFacts]], list[Problem]]:
    rows: list[tuple[int, ProvisionFacts]] = []
    problems: list[Problem] = []
    for row in table.rows:
        days: dict[str, dt.date | None] = {}
        for name in ("valid_from", "valid_to"):
            try:
                days[name] = day_or_error(tolerant_date(row.cells[name]), name)
            except DomainError as error:
                problems.append(Problem(row.line, str(PROVISION_COLUMNS[name]), row.cells[name], error.message))
        if days.keys() == {"valid_from", "valid_to"}:
            rows.append((row.line, _facts(row.cells, days)))
    return rows, problems


def _facts(cells: Mapping[str, str], days: Mapping[str, dt.date | None]) -> ProvisionFacts:
    return ProvisionFacts(
        law=cells["law"],
        chapter=cells["chapter"],
        paragraph=cells["paragraph"],
        subject=cells["subject"],
        harm_test=cells["harm_test"],
        max_years=cells["max_years"],
        typical_use=cells["typical_use"],
        source=cells["source"],
        valid_from=days["valid_from"],
        valid_to=days["valid_to"],
    )
