"""Every byte that the public side keeps or sends."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product
from urllib.parse import quote, urlsplit

from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from diarium.register.models import Authority, Case, DiarySeries, Document, Record
from tests.site.conftest import PublicSite

PREFIX = "zqx"
"""How every planted word begins: what is typed to have it suggested."""
# Files of the program itself.
_NOT_OF_THE_REGISTER = frozenset({"static"})
# Questions that change what a page of lists shows; each is put to every address without parameters.
_QUESTIONS = ("", f"q={PREFIX}*", f"q={PREFIX}", "q=%22", "sida=2", "page=abc", "lang=en", f"nummer={PREFIX}")
_LOST = ("/finns-inte", "/arende/KS/abc", "/fil/inget", "/api/public/v1/cases/inget", "/api/public/v1/finns-inte")
_MOST_FOLLOWED = 300
_LINK = re.compile(rb"""(?:href|src|action)=["'](/[^"'<>]*)["']|"(/api/public/[^"]*)\"""")


_askers = count()


class UnknownParameter(AssertionError):
    """A new public address has a parameter that the crawl knows no values for: add them to `_values`."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a stranger could put into an address: all of the register, also what is not public."""

    numbers: tuple[Mapping[str, str], ...]
    uids: tuple[str, ...]


def everything_public(site: PublicSite) -> Iterator[tuple[str, bytes]]:
    """What lies on the public side's disk, then what its addresses answer, each with its name."""
    yield from on_disk(site)
    yield from answers(site)


def on_disk(site: PublicSite) -> Iterator[tuple[str, bytes]]:
    """The bytes of the public tables with their log, of the public index, and of the copies of released files."""
    settings = site.settings
    for path in sorted(settings.data.glob("public.sqlite*")):
        yield path.name, path.read_bytes()
    for folder in (settings.public_index_folder, settings.public_blob_folder):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield str(path.relative_to(folder)), path.read_bytes() + path.name.encode()


def answers(site: PublicSite) -> Iterator[tuple[str, bytes]]:
    """The answers of every address of the application, with headers, and of what these link to."""
    known = _known(site)
    seen: set[str] = set()
    linked: set[str] = set()
    for method, address in (*_addresses(site, known), *(("GET", lost) for lost in _LOST)):
        seen.add(address)
        answer = _ask(site, method, address)
        linked |= _links(answer.data) if method == "GET" else set()
        yield f"{method} {address}", _whole(address, answer.headers, answer.data)
    for address in sorted(linked - seen)[:_MOST_FOLLOWED]:
        answer = _ask(site, "GET", address)
        yield f"GET {address}", _whole(address, answer.headers, answer.data)


def _ask(site: PublicSite, method: str, address: str) -> TestResponse:
    # Each from an address of its own, so that none is turned away for asking too often.
    asker = ".".join(str(part) for part in (10, *next(_askers).to_bytes(3)))
    answer = site.client.open(address, method=method, environ_base={"REMOTE_ADDR": asker})
    assert answer.status_code not in (429, 500), (method, address, answer.status_code)
    return answer


def _addresses(site: PublicSite, known: Known) -> Iterator[tuple[str, str]]:
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint in _NOT_OF_THE_REGISTER:
            continue
        methods = (rule.methods or set()) - {"OPTIONS", "HEAD"}
        for address in dict.fromkeys(_filled(rule, known)):
            for method in sorted(methods | {"DELETE"} if not rule.arguments else methods):
                yield method, address
            if not rule.arguments:
                yield from (("GET", f"{address}?{question}") for question in _QUESTIONS if question)


def _filled(rule: Rule, known: Known) -> Iterator[str]:
    """The addresses of a rule, with everything that a stranger might put into it."""
    if not rule.arguments:
        yield rule.rule
    for values in _values(rule, known):
        built = rule.build(values, append_unknown=False)
        assert built is not None, (rule.rule, values)
        yield built[1]


def _values(rule: Rule, known: Known) -> Iterator[Mapping[str, object]]:
    free = {"uid", "part"} | {name for name, kind in rule._converters.items() if isinstance(kind, AnyConverter)}
    numbered = rule.arguments - free
    numbers = [{name: line[name] for name in numbered} for line in known.numbers if numbered <= line.keys()]
    if numbered and not numbers:
        raise UnknownParameter(f"{rule.rule}: {sorted(numbered)}")
    choices: dict[str, tuple[object, ...]] = {"uid": known.uids, "part": (1, 2)}
    for name, kind in rule._converters.items():
        if isinstance(kind, AnyConverter):
            choices[name] = tuple(kind.items)
    asked = sorted(rule.arguments & free)
    for line in numbers or [{}]:
        for chosen in product(*(choices[name] for name in asked)):
            yield line | dict(zip(asked, chosen, strict=True))


def _known(site: PublicSite) -> Known:
    with site.services.database.reading() as session:
        query = (
            select(Authority.code, DiarySeries.code, Case.year, Case.number, Record.running_number)
            .join(Case, Case.authority_id == Authority.id)
            .join(DiarySeries, DiarySeries.id == Case.series_id)
            .outerjoin(Record, Record.case_id == Case.id)
        )
        names = ("authority", "series", "year", "number", "running")
        numbers = [dict(zip(names, row, strict=True)) for row in session.execute(query)]
        uids = [uid for table in (Case, Record, Document) for uid in session.scalars(select(table.uid))]
    filled = ({name: value for name, value in line.items() if value is not None} for line in numbers)
    return Known(tuple(filled), tuple(str(uid) for uid in uids))


def _whole(address: str, headers: object, body: bytes) -> bytes:
    unpacked = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else b""
    # The question stands in the answer, as it was asked.
    return address.encode() + str(headers).encode() + body + unpacked


def _links(body: bytes) -> set[str]:
    found = {(first or second).decode(errors="replace") for first, second in _LINK.findall(body)}
    own = {link.replace("&amp;", "&").partition("#")[0] for link in found}
    return {quote(link, safe="/?&=%:+,;*") for link in own if not urlsplit(link).path.startswith("/static")}
