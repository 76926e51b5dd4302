"""Atom feeds: of a case, of a search, of the daily list. Whoever follows them needs to tell nobody.

Source: RFC 4287.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from lxml import etree

from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.public import vocabulary
from diarium.public.models import PublicCase, PublicRecord
from diarium.search.port import Sort
from diarium.site import addresses, rows
from diarium.site.arguments import short_text
from diarium.site.filters import read_wanted
from diarium.site.frame import Site

_ATOM = "http://www.w3.org/2005/Atom"
_NAMES = cast("Mapping[str, str]", {None: _ATOM})  # the stubs know no default namespace
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SETTLED = dt.timedelta(seconds=2)
_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class _Feed:
    """`address`: the feed's own, as it is always written, so that its identifier stays the same."""

    title: str
    address: str
    alternate: str
    author: str


def of_case(site: Site, authority: str, year: int, number: int, series: str | None = None) -> ResponseReturnValue:
    """The records of a case. Raises: NotInOpenRegister, SeveralCasesFit."""
    case, records = site.register.newest_of_case(authority, year, number, series)
    heading = vocabulary.case_heading(case.visibility, case.title)
    title, here = f"{case.number_text} {heading}", addresses.of_case_feed(case)
    feed = _Feed(title, here, addresses.permanent(case, case), case.authority_name)
    return _answer(site, feed, [(record, case) for record in records])


def of_search(site: Site) -> ResponseReturnValue:
    """What a search finds, newest first. Raises: SearchError."""
    wanted = read_wanted()
    answer = site.register.search(wanted.newest(Sort.NEWEST, _ENTRIES).question)
    text = wanted.question.text
    title = _("Sök: %(query)s", query=text) if text else _("Alla ärenden och handlingar")
    alternate = addresses.absolute(wanted.address())
    feed = _Feed(title, wanted.feed_address(), alternate, site.settings.organisation_name)
    return _answer(site, feed, [(found.record or found.case, found.case) for found in answer.found])


def of_postlista(site: Site) -> ResponseReturnValue:
    """What was published last, at one authority or at all. Raises: NotInOpenRegister."""
    authority = short_text("myndighet", 10) or None
    records = site.register.newest(authority)
    owner = next((one.name for one in site.register.authorities() if one.code == authority), None)
    name = owner or site.settings.organisation_name
    alternate = addresses.absolute(url_for("site.postlista", myndighet=authority))
    here = url_for("site.postlista_feed", myndighet=authority)
    feed = _Feed(_("Postlista: %(name)s", name=name), here, alternate, name)
    return _answer(site, feed, [(record, record.case) for record in records])


def _answer(site: Site, feed: _Feed, entries: list[tuple[PublicCase | PublicRecord, PublicCase]]) -> Response:
    changed_at = site.register.changed_at() or dt.datetime.fromtimestamp(0, dt.UTC)
    updated = max((found.published_at for found, _case in entries), default=changed_at)
    here = addresses.absolute(feed.address)
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMES)
    root.set(_XML_LANG, current_locale())
    _add(root, "id", uuid.uuid5(uuid.NAMESPACE_URL, here).urn)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=here)
    _add(root, "link", rel="alternate", type="text/html", href=feed.alternate)
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "generator", "diarium")
    for found, case in entries:
        _add_entry(root, found, case)
    data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    response = Response(data, mimetype="application/atom+xml")
    # The header counts in whole seconds: what was changed just now may be changed once more within the same one.
    if dt.datetime.now(dt.UTC) - changed_at > _SETTLED:
        response.last_modified = changed_at
    return response


def _add_entry(root: etree._Element, found: PublicCase | PublicRecord, case: PublicCase) -> None:
    entry = _add(root, "entry")
    is_record = isinstance(found, PublicRecord)
    heading = vocabulary.record_heading if is_record else vocabulary.case_heading
    _add(entry, "id", found.uid.urn)
    _add(entry, "title", f"{found.number_text} {heading(found.visibility, found.title)}")
    _add(entry, "updated", _moment(found.published_at))
    _add(entry, "link", rel="alternate", type="text/html", href=addresses.permanent(found, case))
    _add(_add(entry, "author"), "name", case.authority_name)
    kind = found.record_type if isinstance(found, PublicRecord) else found.case_type
    if kind:
        _add(entry, "category", term=kind)
    _add(entry, "summary", " · ".join(_summary(found, case)))


def _summary(found: PublicCase | PublicRecord, case: PublicCase) -> Iterable[str]:
    if isinstance(found, PublicCase):
        parts = [_("Ärende"), found.opened_on.isoformat(), vocabulary.status_label(found.status)]
    else:
        direction = vocabulary.direction_label(found.direction)
        parts = [direction, found.official_on.isoformat(), found.record_type or "", rows.others(found)]
        parts.append(f"{case.number_text} {vocabulary.case_heading(case.visibility, case.title)}")
    return [part for part in (*parts, case.authority_name) if part]


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = text and _without_control(text)
    return element


def _without_control(text: str) -> str:
    """XML has no place for control characters, and a title may hold one."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
