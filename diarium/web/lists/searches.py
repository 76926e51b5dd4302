"""Searches that are kept: saved under a name, or taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.lists import exporting, saving
from diarium.lists.export import write_file
from diarium.lists.model import Value
from diarium.lists.models import SEARCH
from diarium.register import queries
from diarium.register.vocabulary import DIRECTION_LABELS, STATUS_LABELS
from diarium.search import internal
from diarium.search.port import MAX_HITS_SHOWN, MAX_PAGE_SIZE, Hit, Kind
from diarium.web import context, reading, search
from diarium.web.lists.addresses import of_saved
from diarium.web.lists.blueprint import blueprint
from diarium.web.lists.forms import SaveForm, facts_of
from diarium.web.lists.views import answer_file, form_of

_DIRECTIONS = {key.value: label for key, label in DIRECTION_LABELS.items()}
_STATUSES = {key.value: label for key, label in STATUS_LABELS.items()}


@blueprint.post("/sok/spara")
@context.staff(Permission.READ)
def save_search() -> ResponseReturnValue:
    """Keeps the search with its filters. On a mistake the hits come back with what was typed."""
    values = request.form.to_dict()
    typed = [
        (key.removeprefix("list-"), value) for key, value in request.form.items(multi=True) if key[:5] == "list-"
    ]
    args: MultiDict[str, str] = MultiDict(typed)
    pairs = search.kept_parameters(args)
    parameters = {name: [value for key, value in pairs if key == name] for name, _value in pairs if name != "sort"}
    sort = dict(pairs)["sort"]
    try:
        with context.diarium().database.unit_of_work() as session:
            saving.save(session, context.actor(), SEARCH, parameters, facts_of(values), sort=sort)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return search.render(args, SaveForm(values, {f"save-{error.field or 'name'}": error.message}))
    flash(_("Sökningen är sparad. Du hittar den under Sparade sökningar."), "success")
    return redirect(of_saved(SEARCH, parameters, sort))


@blueprint.get("/sok/fil")
@context.staff(Permission.READ)
def search_file() -> ResponseReturnValue:
    """The hits as a file. What in it is restricted is noted, and that it was taken out."""
    database, form = context.diarium().database, form_of(request.args.get("form"))
    shown: list[queries.Shown] = []
    with database.reading() as session:
        made = write_file(form, _labels(), _rows(session, request.args, shown), most=MAX_HITS_SHOWN)
    reading.note_list(shown, _("Sök"))
    wanted = search.request_of(request.args)
    filters = {"q": wanted.query, **wanted.filters}
    with database.unit_of_work() as session:
        exporting.note(session, context.actor(), SEARCH, _("Sök"), filters, form, made)
    return answer_file(made, "sokning")


def _labels() -> list[str]:
    return [
        _("Nummer"), _("Slag"), _("Datum"), _("Riktning"), _("Rubrik"), _("Typ"), _("Myndighet"), _("Status"),
    ]  # fmt: skip


def _rows(session: Session, args: MultiDict[str, str], shown: list[queries.Shown]) -> Iterator[Sequence[Value]]:
    index, who = context.diarium().index, context.actor()
    page = 1
    while True:
        wanted = search.request_of(args, page=page, page_size=MAX_PAGE_SIZE)
        result = internal.search(session, index, who, wanted)
        shown.extend(search.restricted(session, result))
        yield from (_row(hit) for hit in result.hits)
        if page >= result.page_count:
            break
        session.expunge_all()
        page += 1
    if result.total > MAX_HITS_SHOWN:
        yield ()  # one more than is written: so the file knows that it is cut


def _row(hit: Hit) -> Sequence[Value]:
    is_case = hit.kind == Kind.CASE
    return (
        hit.number,
        _("Ärende") if is_case else _("Handling"),
        hit.date,
        str(_DIRECTIONS.get(hit.direction, "")),
        hit.title or _("Sekretessmarkerad uppgift"),
        hit.record_type,
        hit.authority,
        str(_STATUSES.get(hit.status, "")) if is_case else "",
    )
