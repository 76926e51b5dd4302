"""A list as a page and as a file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from babel.numbers import format_decimal
from flask import redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.i18n import current_locale, today
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.lists import catalogue, exporting, filtering, paging, saving, showing
from diarium.lists.errors import InvalidCursor
from diarium.lists.export import FORM_LABELS, MOST_ROWS, Exported, Form
from diarium.lists.filtering import Day
from diarium.lists.model import ListDefinition
from diarium.lists.models import SUBSCRIPTION_LABELS
from diarium.lists.paging import ListPage
from diarium.web import context, reading
from diarium.web.lists import rows
from diarium.web.lists.addresses import ListAddress
from diarium.web.lists.blueprint import blueprint
from diarium.web.lists.forms import SaveForm

FIRST = catalogue.LISTS["arenden"].name
_ONE_DAY = dt.timedelta(days=1)


@blueprint.get("/listor")
@context.staff(Permission.READ, Permission.REGISTER)
def first() -> ResponseReturnValue:
    """The list that most people want, with a way to all others."""
    return redirect(url_for("lists.show", name=FIRST))


@blueprint.get("/listor/<name>")
@context.staff(Permission.READ, Permission.REGISTER)
def show(name: str) -> ResponseReturnValue:
    """A page of the list, with filters, order and place as the address says."""
    definition = catalogue.find(context.actor(), name)
    return render(definition, request.args)


@blueprint.get("/listor/<name>/fil")
@context.staff(Permission.READ, Permission.REGISTER)
def file(name: str) -> ResponseReturnValue:
    """The list as a file. What in it is restricted is noted, and that it was taken out."""
    who, database = context.actor(), context.diarium().database
    definition = catalogue.find(who, name)
    criteria = filtering.read(definition.filters, request.args)
    form = form_of(request.args.get("form"))
    with database.reading() as session:
        made = exporting.export(session, who, definition, criteria, sort=request.args.get("sort"), form=form)
    reading.note_list(made.shown, str(definition.label))
    with database.unit_of_work() as session:
        exporting.note(session, who, name, str(definition.label), criteria.values, form, made.file)
    return answer_file(made.file, name)


def render(
    definition: ListDefinition, args: Mapping[str, str], save: SaveForm | None = None
) -> ResponseReturnValue:
    """The page; with `save`, the form for saving is open and says what is wrong."""
    who = context.actor()
    criteria = filtering.read(definition.filters, args)
    address = ListAddress(definition, criteria, paging.known_sort(definition, args.get("sort")))
    errors = filtering.problems(definition.filters, who, criteria)
    with context.diarium().database.reading() as session:
        options = {item.name: item.options(session, who) for item in definition.filters}
        found, lost_place = (None, None) if errors else _page(session, address, args.get("at"))
        if found is not None:
            reading.note_list(showing.restricted_of(session, who, found.rows), str(definition.label))
        shareable = saving.shareable(session, who)
    html = context.page(
        "lists/show.html",
        definition=definition,
        address=address,
        values=criteria.values,
        options=options,
        tabs=[
            (item.label, url_for("lists.show", name=item.name), item is definition) for item in catalogue.of(who)
        ],
        sorts=_sorts(definition),
        found=found,
        columns=rows.columns(address),
        rows=rows.cells(definition, found.rows) if found else [],
        chips=address.chips(options),
        lost_place=lost_place,
        days=_days(definition, address) if not errors else None,
        errors={**errors, **(save.errors if save else {})},
        save=save,
        subscriptions=SUBSCRIPTION_LABELS,
        shareable=shareable,
        forms=[(label, address.file(form)) for form, label in FORM_LABELS.items()],
        most_rows=format_decimal(MOST_ROWS, locale=current_locale()),
    )
    return html, 422 if errors or save else 400 if lost_place else 200


def form_of(text: str | None) -> Form:
    """The kind of file that an address asks for; XLSX for anything unknown."""
    return Form(text) if text in list(Form) else Form.XLSX


def answer_file(made: Exported, name: str) -> ResponseReturnValue:
    """The finished file under a name that says what it is and of which day."""
    plain = re.sub(r"[^a-z0-9-]", "", name)
    cut = f"-{made.rows}-rader" if made.is_cut else ""
    return send_file(
        made.file,
        mimetype=made.mime_type,
        as_attachment=True,
        download_name=f"{plain}-{today().isoformat()}{cut}.{made.suffix}",
    )


def _page(session: Session, address: ListAddress, place: str | None) -> tuple[ListPage, str | None]:
    """The page at `place`, or the first one and what is wrong with the place."""
    who = context.actor()
    try:
        return paging.page(
            session, who, address.definition, address.criteria, sort=address.sort, cursor=place
        ), None
    except InvalidCursor as error:
        return paging.page(session, who, address.definition, address.criteria, sort=address.sort), error.message


def _sorts(definition: ListDefinition) -> Sequence[tuple[str, str]]:
    """Both ways of each column, for where no column heads are seen."""
    return [
        pair
        for column in definition.columns
        if column.order is not None
        for pair in (
            (column.key, _("%(column)s, stigande", column=column.label)),
            (f"-{column.key}", _("%(column)s, fallande", column=column.label)),
        )
    ]


def _days(definition: ListDefinition, address: ListAddress) -> dict[str, object] | None:
    """The day that the list is of, with the days before and after."""
    item = next((item for item in definition.filters if isinstance(item, Day)), None)
    if item is None:
        return None
    day = filtering.day_of(address.criteria.values.get(item.name), item.name) or today()
    before = day - _ONE_DAY if day > filtering.EARLIEST else None
    after = day + _ONE_DAY if day < filtering.LATEST else None
    return {
        "day": day,
        "before": address.page(**{item.name: before.isoformat()}) if before else None,
        "after": address.page(**{item.name: after.isoformat()}) if after else None,
    }
