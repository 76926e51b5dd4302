"""Ordering documents: the basket stands in the address, the order goes into the letterbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.letterbox.errors import LetterboxClosed, LetterboxFull
from diarium.letterbox.letters import MOST_ITEMS, ContactWay
from diarium.public import vocabulary
from diarium.public.ordering import OrderedEntry, looks_like_number, read_numbers
from diarium.public.search import Found, Question
from diarium.search.errors import SearchError
from diarium.site import addresses
from diarium.site.arguments import short_text
from diarium.site.frame import Site
from diarium.site.orders_form import TRAP, WAYS, OrderForm, clean_numbers, read_basket, read_sent

MOST_HITS = 10


def order(site: Site) -> ResponseReturnValue:
    """The basket with the form below it; a sent form becomes an order and a receipt."""
    if request.method == "POST":
        return _send(site, read_sent())
    form = read_basket()
    wanted = short_text("lagg_till", 200)
    hits: Sequence[Found] = ()
    if wanted and not looks_like_number(wanted) and not _is_known(site, wanted):
        hits = _search(site, wanted)
    elif wanted:
        numbers, is_cut = clean_numbers([*form.numbers, wanted])
        form, wanted = replace(form, numbers=numbers, is_cut=form.is_cut or is_cut), ""
    return _page(site, form, typed_number=wanted, hits=hits)


def too_many(site: Site) -> ResponseReturnValue:
    """The form as it was sent, with what to do when too many came from the same address."""
    form = read_sent()
    form.errors[""] = _("Det har kommit många beställningar härifrån på kort tid. Vänta en stund och skicka igen.")
    return _page(site, form), HTTPStatus.TOO_MANY_REQUESTS


def _send(site: Site, form: OrderForm) -> ResponseReturnValue:
    entries = _entries(site, form)
    found = form.order(entries, [authority.code for authority in site.register.authorities()])
    if form.is_cut:
        form.errors["lagg_till"] = _too_many_items()
    if found is None or form.errors:
        return _page(site, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        reference = site.letterbox.drop(found, key=form.key)
    except (LetterboxFull, LetterboxClosed) as error:
        form.errors[""] = f"{error.message} {_('Allt som du har skrivit står kvar nedan.')}"
        return _page(site, form, is_closed=True), HTTPStatus.SERVICE_UNAVAILABLE
    rows = [_row(entry) for entry in entries]
    return site.page("orders/receipt", reference=reference, order=found, rows=rows, way=found.contact_way.value)


def _page(
    site: Site,
    form: OrderForm,
    *,
    typed_number: str = "",
    hits: Sequence[Found] = (),
    is_closed: bool = False,
) -> str:
    entries = _entries(site, form)
    numbers = tuple(entry.number for entry in entries)
    notes = [_too_many_items()] if form.is_cut else []
    return site.page(
        "orders/order",
        form_key=form.key,
        is_fresh=request.method == "GET" and not {"handling", "lagg_till"} & set(request.args),
        typed=form.typed,
        errors=form.errors,
        rows=[_row(entry) | {"without": _address(numbers, without=entry.number)} for entry in entries],
        notes=notes,
        is_closed=is_closed,
        is_full=len(entries) >= MOST_ITEMS,
        most=MOST_ITEMS,
        trap=TRAP,
        ways=_ways(),
        way_fields={way.value: name for way, name in WAYS.items()},
        authorities=[(row.code, row.name) for row in site.register.authorities()],
        asks_authority=any(entry.case is None for entry in entries) or not entries,
        typed_number=typed_number,
        hits=[_hit(hit, numbers) for hit in hits],
        has_searched=bool(typed_number),
    )


def _ways() -> list[tuple[str, str, str]]:
    return [
        (ContactWay.EMAIL.value, _("E-post"), ""),
        (ContactWay.PHONE.value, _("Telefon"), _("Vi ringer dig.")),
        (ContactWay.POST.value, _("Brev"), ""),
        (
            ContactWay.VISIT.value,
            _("Jag kommer och läser på plats"),
            _("Du behöver inte lämna någon uppgift om dig. Uppge referensen som du får när du har beställt."),
        ),
    ]


def _row(entry: OrderedEntry) -> dict[str, str]:
    """A number with what the open register shows of it, which may be nothing."""
    row = {"number": entry.number, "heading": "", "url": "", "authority": ""}
    if entry.case is None:
        return row
    row["authority"] = entry.case.authority_name
    if entry.record is not None:
        row["heading"] = vocabulary.record_heading(entry.record.visibility, entry.record.title)
        row["url"] = addresses.of_record(entry.record, entry.case)
    elif entry.running_number is None:
        heading = vocabulary.case_heading(entry.case.visibility, entry.case.title)
        row["heading"] = _("Hela ärendet: %(heading)s", heading=heading)
        row["url"] = addresses.of_case(entry.case)
    return row


def _hit(hit: Found, numbers: Sequence[str]) -> dict[str, str]:
    found = hit.record or hit.case
    if hit.record is not None:
        heading = vocabulary.record_heading(hit.record.visibility, hit.record.title)
    else:
        heading = vocabulary.case_heading(hit.case.visibility, hit.case.title)
    return {
        "number": found.number_text,
        "heading": heading,
        "url": addresses.of_entry(found),
        "add": _address((*numbers, found.number_text)),
    }


def _address(numbers: Sequence[str], *, without: str | None = None) -> str:
    left = [number for number in dict.fromkeys(numbers) if number != without]
    return url_for("site.order", handling=left or [""])  # told apart from a form that is just opened


def _entries(site: Site, form: OrderForm) -> tuple[OrderedEntry, ...]:
    """What the form's numbers mean, each once however it was written."""
    found = read_numbers(site.register, form.numbers)
    return tuple({entry.number: entry for entry in found}.values())


def _is_known(site: Site, text: str) -> bool:
    [entry] = read_numbers(site.register, [text])
    return entry.case is not None


def _search(site: Site, text: str) -> Sequence[Found]:
    try:
        return site.register.search(Question(text=text, page_size=MOST_HITS)).found
    except SearchError:
        return ()  # the number can still be typed, or the document described


def _too_many_items() -> str:
    return _(
        "En beställning rymmer högst %(most)s handlingar. De första %(most)s är med. Beställ resten för sig, "
        "eller beställ hela ärendet.",
        most=MOST_ITEMS,
    )
