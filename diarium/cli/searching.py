"""Searching from the command line, and building the indexes anew."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

import click
from rich.table import Table
from sqlalchemy.orm import Session

from diarium.cli import frame
from diarium.composition import Diarium
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_date
from diarium.identity.permissions import Actor
from diarium.public.search import Question
from diarium.register import lookup, queries
from diarium.search import indexer
from diarium.search.engines import ENGINES
from diarium.search.port import MAX_PAGE_SIZE, Hit, Kind, SearchRequest
from diarium.secrecy import access

REBUILD = "rebuild"
USE = "use"
AUTO = "auto"
_MARKUP = re.compile(r"</?mark>")


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    kind: str
    date: str
    title: str
    snippet: str


@click.command(
    help=_(
        "Söker i hela diariet, eller med --public i det öppna. Utan --user syns allt.\n\n"
        "”diarium search rebuild” bygger i stället om sökregistret, och med --public det öppna diariet. "
        "Ordet rebuild söks med citattecken: diarium search '\"rebuild\"'.\n\n"
        "”diarium search use MOTOR” byter sökmotor i båda: whoosh, tantivy eller auto. Den gamla svarar tills den "
        "nya har hunnit ikapp."
    )
)
@click.argument("query", nargs=-1, required=True)
@click.option("--public", is_flag=True, help=_("Det öppna diariet i stället för hela."))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv träffarna som JSON."))
@click.option("--user", help=_("Sök med den här användarens behörighet."))
@click.option(
    "--limit", type=click.IntRange(1, MAX_PAGE_SIZE), default=20, show_default=True, help=_("Antal träffar.")
)
def search(query: tuple[str, ...], public: bool, as_json: bool, user: str | None, limit: int) -> None:
    """Prints the hits; or does something else, where the query is exactly the words for that."""
    if public and user:
        raise click.UsageError(_("Det öppna diariet är lika för alla: --user går inte ihop med --public."))
    with frame.services() as diarium:
        if query == (REBUILD,):
            _rebuild(diarium, public=public)
            return
        if query[0] == USE and len(query) == 2:
            _use(diarium, query[1])
            return
        text = " ".join(query)
        total, rows = _search_public(diarium, text, limit) if public else _search_all(diarium, text, user, limit)
    if as_json:
        hits = [
            {
                "number": row.number,
                "kind": row.kind,
                "date": row.date or None,
                "title": row.title,
                "snippet": row.snippet,
            }
            for row in rows
        ]
        click.echo(json.dumps({"total": total, "hits": hits}, ensure_ascii=False, indent=2))
    else:
        _print(rows)
        frame.tell(_("%(shown)s av %(total)s träffar.", shown=len(rows), total=total))


def _rebuild(diarium: Diarium, *, public: bool) -> None:
    if public:
        count = diarium.projector.rebuild()
        frame.tell(_("Det öppna diariet är ombyggt från %(count)s ärenden.", count=count))
    else:
        count = indexer.rebuild(diarium.database, diarium.index)
        frame.tell(_("Sökregistret är ombyggt med %(count)s poster.", count=count))


def _use(diarium: Diarium, engine: str) -> None:
    """Keeps the choice, and goes over to it at once."""
    if engine not in (*ENGINES, AUTO):
        raise click.UsageError(
            _("Det finns ingen sökmotor ”%(engine)s”. Välj whoosh, tantivy eller auto.", engine=engine)
        )
    fixed = diarium.settings.index_engine
    if fixed not in (AUTO, engine):
        raise click.UsageError(
            _("Sökmotorn är bestämd med DIARIUM_SEARCH_ENGINE=%(engine)s. Ta bort inställningen först.",
              engine=fixed)
        )  # fmt: skip
    for keeper in diarium.engine_keepers:
        index = keeper.index
        index.choose("" if engine == AUTO else engine)
        keeper.run()
        frame.tell(
            _("%(folder)s: %(engine)s, %(count)s poster.",
              folder=index.folder.name, engine=index.engine, count=index.document_count())
        )  # fmt: skip


def _search_all(diarium: Diarium, query: str, user: str | None, limit: int) -> tuple[int, list[_Row]]:
    with diarium.database.reading() as session:
        who = frame.actor(session, user)
        wanted = SearchRequest(query=query, readers=access.tokens_of(who), page_size=limit, facets=False)
        result = diarium.index.search(wanted)
        _tell(result.notes, result.suggestions if not result.total else ())
        return result.total, [_row(session, who, hit) for hit in result.hits]


def _search_public(diarium: Diarium, query: str, limit: int) -> tuple[int, list[_Row]]:
    answer = diarium.public.search(Question(query, page_size=limit))
    _tell(answer.notes, answer.suggestions if not answer.total else ())
    rows = [
        _Row(
            number=found.record.number_text if found.record else found.case.number_text,
            kind=Kind.RECORD if found.record else Kind.CASE,
            date=show_date(found.record.official_on if found.record else found.case.opened_on),
            title=_text(found.heading_html),
            snippet=_text(found.snippet_html),
        )
        for found in answer.found
    ]
    return answer.total, rows


def _row(session: Session, who: Actor, hit: Hit) -> _Row:
    """The hit with its title as the register shows it now: a marking counts before the index knows of it."""
    title = _title(session, who, hit)
    is_fresh = title == hit.title
    return _Row(
        number=hit.number,
        kind=Kind(hit.kind),
        date=show_date(hit.date),
        title=title if title is not None else _("(dold)"),
        snippet=_text(hit.snippet_html) if is_fresh else "",
    )


def _title(session: Session, who: Actor, hit: Hit) -> str | None:
    uid = uuid.UUID(hit.key.partition(":")[2])
    try:
        if hit.kind == Kind.RECORD:
            return queries.record_view(who, lookup.record_by_uid(session, who, uid)).title
        return queries.case_view(who, lookup.case_by_uid(session, who, uid)).title
    except NotFound:
        return None


def _print(rows: Iterable[_Row]) -> None:
    """A table for people, tab-separated lines for programs."""
    console = frame.console()
    if not console.is_terminal:
        for row in rows:
            click.echo(f"{row.number}\t{row.date}\t{row.title}")
        return
    table = Table(box=None, pad_edge=False)
    for heading in (_("Nummer"), _("Datum"), _("Rubrik")):
        table.add_column(heading, no_wrap=heading != _("Rubrik"))
    for row in rows:
        table.add_row(row.number, row.date, f"{row.title}\n{row.snippet}" if row.snippet else row.title)
    console.print(table)


def _tell(notes: Iterable[str], suggestions: Iterable[str]) -> None:
    for note in notes:
        frame.tell(note)
    for suggestion in suggestions:
        frame.tell(_("Menade du ”%(text)s”?", text=suggestion))


def _text(html: str) -> str:
    return unescape(_MARKUP.sub("", html)).replace("\n", " ").strip()
