"""Whatever is asked of a public address, the answer is a page or a plain refusal, and never a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule

from diarium.site.blueprint import NAME
from tests.site.conftest import PublicSite

BYTES = "%ff%fe%00%c3%28"
TEXTS = {
    "long": "a" * 10_000,
    "long words": "ab " * 3_000,
    "quotes": "\"'”" * 200,
    "brackets": "((((" * 500 + "))",
    "wildcards": "*a*b*c*?* " * 100,
    "operators": "NOT AND OR NOT - + ~ ^9999999 [a TO b] {x TO *} " * 20,
    "fields": 'titel:( datum:9999..0001 dnr:*/* myndighet:" ' * 20,
    "nul": "a\0b\0",
    "control": "".join(chr(number) for number in range(1, 32)),
    "surrogates": "𝔘𝔫𝔦\u202e\u2066\ufffe‮",
    "sql": "' OR 1=1; DROP TABLE record; --",
    "markup": "<script>alert(1)</script>{{7*7}}${7*7}",
    "number": "9" * 400,
    "negative": "-1",
    "date": "9999-99-99",
    "path": "../../../../etc/passwd",
    "regex": "(a+)+$" * 50,
}
PARAMETERS = (
    *("q", "sida", "ordning", "slag", "myndighet", "ar", "riktning", "status", "typ", "klass", "period", "fran"),
    *("till", "dag", "vecka", "serie", "nummer", "lang", "handling", "lagg_till", "arende", "t"),
)
MOST_BYTES = 250_000


def rules(app: Flask) -> list[Rule]:
    return [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{NAME}.") and "GET" in rule.methods
    ]


def addresses(app: Flask, text: str) -> Iterator[str]:
    """Each address with `text` wherever it takes any."""
    for rule in rules(app):
        given = {name: _part(name, text, rule) for name in rule.arguments}
        path = rule.rule
        for name, value in given.items():
            for converter in ("", "int:", "uuid:"):
                path = path.replace(f"<{converter}{name}>", value)
        yield path


def _part(name: str, text: str, rule: Rule) -> str:
    if name == "uid":
        return "00000000-0000-0000-0000-000000000000"
    if name in ("authority", "series"):
        return quote(text[:3_000].replace("/", "-"), safe="") or "KS"
    return text if text.isdigit() else "1"


@pytest.mark.parametrize("kind", TEXTS)
def test_every_address_survives_what_is_typed_into_any_parameter(open_site: PublicSite, kind: str) -> None:
    text = TEXTS[kind]
    for path in addresses(open_site.app, "KS"):
        check(open_site, path, [(name, text) for name in PARAMETERS if name != "lang"])
    for path in addresses(open_site.app, text):
        check(open_site, path, [("sida", text), ("lang", text)])


def test_every_address_survives_lists_where_one_value_is_meant(open_site: PublicSite) -> None:
    many = [(f"{name}{more}", str(number)) for name in PARAMETERS for number in range(20) for more in ("", "[]")]
    for path in addresses(open_site.app, "KS"):
        check(open_site, path, many)


def test_every_address_survives_bytes_that_are_no_text(open_site: PublicSite) -> None:
    for path in addresses(open_site.app, "KS"):
        query = "&".join(f"{name}={BYTES}" for name in PARAMETERS)
        answer = open_site.client.get(f"{path}?{query}&&=&%")
        assert_sound(open_site, path, answer.status_code, answer.data, answer.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_pages_that_only_show_take_nothing_in(open_site: PublicSite, method: str) -> None:
    for rule, path in zip(rules(open_site.app), addresses(open_site.app, "KS"), strict=True):
        if method not in (rule.methods or ()):
            answer = open_site.client.open(path, method=method, data={"q": "x"})
            assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED, path


def check(site: PublicSite, path: str, parameters: list[tuple[str, str]]) -> None:
    answer = site.client.get(path, query_string=parameters)
    assert_sound(site, path, answer.status_code, answer.data, answer.headers)


def assert_sound(site: PublicSite, path: str, status: int, data: bytes, headers: object) -> None:
    """A clear answer: known status, no cookie, a page in the site's frame where it is a page, not our fault."""
    assert status in (200, 302, 308, 400, 404, 414, 422), (status, path[:200])
    assert len(data) < MOST_BYTES, path[:200]
    assert "Set-Cookie" not in headers  # type: ignore[operator]
    assert b"<script>alert" not in data
    assert b"Traceback" not in data
