"""Registering many similar files, or items of the inbox: what they share once, then a row for each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, request
from flask.typing import ResponseReturnValue

from diarium.assistance import bulk as service
from diarium.assistance.bulk import MOST_ROWS, BulkLine
from diarium.classification import queries as classes
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.identity.permissions import Actor, Permission
from diarium.intake import prefilling, triage
from diarium.register import queries
from diarium.register.vocabulary import DIRECTION_LABELS, PARTY_KIND_LABELS
from diarium.secrecy import queries as provisions
from diarium.web import context, uploads
from diarium.web.registration import bulk_form
from diarium.web.registration.blueprint import blueprint
from diarium.web.registration.bulk_form import BulkRow
from diarium.web.registration.form import cleaned
from diarium.web.registration.page import uid_of


@blueprint.get("/flera")
@context.staff(Permission.REGISTER)
def bulk() -> ResponseReturnValue:
    """The page before anything is chosen."""
    common = {"case_choice": "existing", "direction": "incoming", "official_on": today().isoformat()}
    return _show(common, [])


@blueprint.post("/flera/inkorg")
@context.staff(Permission.REGISTER)
def bulk_from_inbox() -> ResponseReturnValue:
    """The page with a row for each item that was ticked in the inbox."""
    uids = [uid for text in request.form.getlist("item") if (uid := uid_of(text.partition(":")[0]))]
    rows: list[BulkRow] = []
    problems: list[str] = []
    with context.diarium().database.reading() as session:
        for uid in uids[:MOST_ROWS]:
            try:
                item = prefilling.for_form(session, context.actor(), uid)
                rows.append(bulk_form.of_item(item, len(rows) + 1))
            except DomainError as error:
                problems.append(error.message)
    for problem in dict.fromkeys(problems):
        flash(problem, "error")
    if not uids:
        flash(_("Kryssa för minst en post i listan."), "error")
    common = {"case_choice": "existing", "direction": "incoming", "official_on": today().isoformat()}
    return _show(common, rows)


@blueprint.post("/flera")
@context.staff(Permission.REGISTER)
def bulk_step() -> ResponseReturnValue:
    """Lists new files, checks the rows, or registers them; what is wrong is told at each row."""
    common, errors = cleaned({name: request.form.get(name, "") for name in (*bulk_form.COMMON, *bulk_form.OWN)})
    rows = bulk_form.rows_of(request.form)
    files, problem = uploads.collect()
    if problem:
        errors["files"] = problem
    last = max((row.number for row in rows), default=0)
    rows += bulk_form.of_files(files, common, after=last)
    chosen = [row for row in rows if row.is_chosen]
    wanted = request.form.get("do", "")
    if not rows and not errors:
        errors["files"] = _("Välj de filer som ska registreras.")
    if len(rows) > MOST_ROWS:
        errors["files"] = _("Registrera högst %(most)s filer åt gången. Du valde %(chosen)s.", most=MOST_ROWS,
                            chosen=len(rows))  # fmt: skip
    if errors or files or wanted not in ("check", "register", "register_good"):
        return _show(common, rows, errors), 422 if errors else 200
    if not chosen:
        errors["rows"] = _("Kryssa för minst en rad.")
        return _show(common, rows, errors), 422
    lines = _checked(chosen, common)
    bad = sum(row.is_bad for row in chosen)
    if wanted == "check" or (bad and wanted == "register"):
        return _show(common, rows, checked=not bad, bad=bad), 422 if bad else 200
    _register(chosen, [line for line in lines if line.row not in _with_errors(chosen)])
    return _show(common, rows, bad=len(_with_errors(chosen)), is_done=True)


def _checked(rows: Sequence[BulkRow], common: dict[str, str]) -> list[BulkLine]:
    """The rows as they would be registered; what is wrong with one stands in it."""
    by_number = {row.number: row for row in rows}
    lines = [line for row in rows if (line := bulk_form.line(row, common)) is not None]
    with context.diarium().database.unit_of_work() as session:
        for problem in service.check(session, context.actor(), lines):
            bulk_form.say(by_number[problem.row], {problem.field: problem.message})
    return lines


def _register(rows: Sequence[BulkRow], lines: Sequence[BulkLine]) -> None:
    """Registers the lines, each for itself; numbers and what went wrong stand in the rows."""
    who = context.actor()
    by_number = {row.number: row for row in rows}
    of_items = [line for line in lines if by_number[line.row].item is not None]
    for line in of_items:
        _register_item(who, by_number[line.row], line)
    of_files = [line for line in lines if by_number[line.row].item is None]
    batch = uid_of(request.form.get("batch")) or uuid.uuid4()
    for outcome in service.register_all(context.diarium().database, who, of_files, batch=batch):
        row = by_number[outcome.row]
        row.registered, row.record = outcome.number, outcome.record
        if outcome.problem is not None:
            bulk_form.say(row, {outcome.problem.field: outcome.problem.message})
    count = sum(row.registered is not None for row in rows)
    flash(ngettext("%(num)s handling är registrerad.", "%(num)s handlingar är registrerade.", count), "success")


def _register_item(who: Actor, row: BulkRow, line: BulkLine) -> None:
    """Registers and settles an item of the inbox in one step."""
    if row.item is None:
        return
    try:
        with context.diarium().database.unit_of_work() as session:
            record = triage.register_item(session, who, row.item, line.command, version=row.version)
            row.registered, row.record = record.number_text, record.uid
    except DomainError as error:
        row.registered, row.record = None, None
        bulk_form.say(row, {error.field: error.message})


def _with_errors(rows: Sequence[BulkRow]) -> frozenset[int]:
    return frozenset(row.number for row in rows if row.is_bad)


def _show(
    common: dict[str, str],
    rows: Sequence[BulkRow],
    errors: dict[str, str] | None = None,
    *,
    checked: bool = False,
    bad: int = 0,
    is_done: bool = False,
) -> str:
    who, services = context.actor(), context.diarium()
    with services.database.reading() as session:
        choices = queries.registration_choices(session, who)
        class_options = classes.options(session, today())
        provision_options = provisions.options(session)
    return context.page(
        "registration/bulk.html",
        values=common,
        rows=[row for row in rows if row.registered is None],
        done=[row for row in rows if row.registered is not None],
        errors=_all_errors(errors or {}, rows),
        summary=_all_errors(errors or {}, rows, with_row=True),
        checked=checked,
        bad=bad,
        is_done=is_done,
        batch=request.form.get("batch") or str(uuid.uuid4()),
        choices=choices,
        class_options=class_options,
        provision_options=provision_options,
        directions=DIRECTION_LABELS,
        kinds=PARTY_KIND_LABELS,
        max_bytes=services.settings.max_upload_bytes,
    )


def _all_errors(errors: dict[str, str], rows: Sequence[BulkRow], *, with_row: bool = False) -> dict[str, str]:
    """Every message by the id of its field; with the row's number for the summary above."""
    found = dict(errors)
    waiting = [row for row in rows if row.registered is None]
    for row in waiting:
        found |= {name: message for name, message in row.shared_errors.items() if name not in found}
    for row in waiting:
        for name, message in row.errors.items():
            text = _("Rad %(row)s: %(text)s", row=row.number, text=message) if with_row else message
            found[f"row-{row.number}-{name if name and name != 'files' else 'chosen'}"] = text
    return found
