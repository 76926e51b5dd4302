"""The design system's markup and colours: what every page inherits is accessible and fits the strict policy."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from flask import Flask, render_template
from lxml import html

from diarium import i18n
from tests.web.design_gallery import STAFF, STATIC, application, page_url

ERROR_CODES = (400, 403, 404, 413, 429, 500)


@pytest.fixture(scope="module")
def app() -> Flask:
    return application()


@pytest.fixture(params=["/staff", "/public", "/progress", "/error/404"])
def document(app: Flask, request: pytest.FixtureRequest) -> html.HtmlElement:
    response = app.test_client().get(request.param)
    assert response.status_code == 200
    return html.fromstring(response.get_data(as_text=True))


def test_every_field_has_a_label(document: html.HtmlElement) -> None:
    labelled = set(document.xpath("//label/@for"))
    fields = document.xpath("//input[not(@type='hidden')] | //select | //textarea")
    assert [field.get("id") or field.get("name") for field in fields if field.get("id") not in labelled] == []


def test_ids_are_unique_and_references_have_targets(document: html.HtmlElement) -> None:
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    names = "|".join(
        f"//@{name}" for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for", "list")
    )
    referred = {target for value in document.xpath(names) for target in value.split()}
    assert referred - set(ids) == set()
    links = {href[1:] for href in document.xpath("//*[contains(@class, 'error-summary')]//a/@href")}
    assert links - set(ids) == set()


def test_headings_are_in_order_with_one_h1(document: html.HtmlElement) -> None:
    levels = [
        int(heading.tag[1])
        for heading in document.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_nothing_inline_and_nothing_from_elsewhere(document: html.HtmlElement) -> None:
    assert document.xpath("//style | //*[@style] | //script[not(@src)]") == []
    handlers = [
        name for element in document.iter(html.etree.Element) for name in element.attrib if name[:2] == "on"
    ]
    assert handlers == []
    addresses = document.xpath("//script/@src | //link/@href | //img/@src")
    assert addresses
    assert [address for address in addresses if not address.startswith("/static/")] == []
    missing = [address for address in addresses if not (STATIC / address.removeprefix("/static/")).is_file()]
    assert missing == []


def test_errors_stand_beside_their_field(document: html.HtmlElement) -> None:
    for field in document.xpath("//*[@aria-invalid='true']"):
        described = (field.get("aria-describedby") or "").split()
        errors = [name for name in described if name.endswith("-error")]
        assert errors, field.get("id")
        assert document.get_element_by_id(errors[0]).text_content().strip()


def test_tables_have_captions_heads_and_a_scrollable_region(document: html.HtmlElement) -> None:
    for table in document.xpath("//table"):
        assert table.xpath("./caption")[0].text_content().strip()
        assert table.xpath("./thead//th[@scope='col']")
        region = table.getparent()
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")


def test_every_post_form_carries_the_token(document: html.HtmlElement) -> None:
    for form in document.xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']/@value") == ["a-token"]


def test_public_pages_leave_the_session_alone(app: Flask) -> None:
    response = app.test_client().get("/public")
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "Set-Cookie" not in response.headers


def test_progress_page_refreshes_without_scripts_too(app: Flask) -> None:
    page = html.fromstring(app.test_client().get("/progress").get_data(as_text=True))
    assert page.xpath("//noscript/meta[@http-equiv='refresh']/@content") == ["5"]
    assert page.xpath("//main/@data-refresh-seconds") == ["5"]


def test_title_says_that_the_form_has_errors(app: Flask) -> None:
    page = html.fromstring(app.test_client().get("/staff").get_data(as_text=True))
    assert page.findtext(".//title") == "Fel: Bygglov för garage på Ekbacken 2:14 – Ekdala kommun"


@pytest.mark.parametrize("code", ERROR_CODES)
def test_error_page_says_how_to_go_on(app: Flask, code: int) -> None:
    page = html.fromstring(app.test_client().get(f"/error/{code}").get_data(as_text=True))
    text = " ".join(map(str, page.itertext()))
    assert "Så går du vidare" in text
    assert f"Felkod {code}" in text
    assert "r-17" in text


def test_error_pages_advise_differently(app: Flask) -> None:
    pages = [app.test_client().get(f"/error/{code}").get_data(as_text=True) for code in ERROR_CODES]
    advice = {html.fromstring(page).xpath("string(//main//h2/following-sibling::p[1])") for page in pages}
    assert len(advice) == len(ERROR_CODES)


def test_language_link_keeps_what_was_asked(app: Flask) -> None:
    page = html.fromstring(app.test_client().get("/public?q=bygglov&page=2&lang=sv").get_data(as_text=True))
    assert page.xpath("//footer//a[@hreflang='en']/@href") == ["?q=bygglov&page=2&lang=en"]
    assert page.get("lang") == "sv"


def test_own_accent_is_loaded_after_the_standard_one(app: Flask) -> None:
    with app.test_request_context("/"):
        page = html.fromstring(
            render_template("ui/gallery.html", page_url=page_url, theme_url="/theme.css", **STAFF)
        )
    sheets = [link.get("href") for link in page.findall(".//link[@rel='stylesheet']")]
    assert sheets.index("/theme.css") > sheets.index("/static/css/components.css")


def test_labels_may_be_translated_late(app: Flask) -> None:
    source = (
        '{% from "ui/macros/forms.html" import field_select, field_radios %}'
        '{% from "ui/macros/layout.html" import status_tag, definition_list %}'
        "{{ field_select('a', label, [('1', label)]) }}{{ field_radios('b', label, [('1', label)]) }}"
        "{{ status_tag('open', label) }}{{ definition_list([(label, label)]) }}"
    )
    with app.test_request_context("/"):
        page = html.fromstring(app.jinja_env.from_string(source).render(label=i18n.lazy_gettext("Öppet")))
    assert page.xpath("//option/text()") == ["Öppet"]
    assert page.xpath("//optgroup") == []
    assert [text for text in map(str, page.itertext()) if text.strip()] == ["Öppet"] * 7


def test_values_are_escaped(app: Flask) -> None:
    attack = '"><script>alert(1)</script>'
    with app.test_request_context("/staff?x=" + "%22%3E%3Cscript%3E"):
        source = (
            '{% from "ui/macros/forms.html" import field_text, field_textarea, form_errors %}'
            '{% from "ui/macros/tables.html" import data_table %}'
            '{% from "ui/macros/layout.html" import status_tag, timeline %}'
            "{{ field_text('a', x, x, error=x, help=x) }}{{ field_textarea('b', x, x) }}"
            "{{ form_errors({'a': x}) }}"
            "{{ data_table([{'label': x}], [[x], [{'text': x, 'href': x, 'note': x}]], x) }}{{ status_tag(x, x) }}"
            "{{ timeline([{'title': x, 'when': x, 'text': x, 'href': x}]) }}"
        )
        shown = app.jinja_env.from_string(source).render(x=attack)
        page = render_template(
            "ui/gallery.html", page_url=page_url, **{**STAFF, "user_name": attack, "query": attack}
        )
    assert "<script>" not in shown
    assert "<script>" not in page


# ---- colours ----


def _tokens() -> dict[str, dict[str, str]]:
    css = (STATIC / "css" / "diarium.css").read_text(encoding="utf-8")
    light_text, dark_text = css.split("@media (prefers-color-scheme: dark)", 1)
    pattern = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6})\b")
    light = dict(pattern.findall(light_text))
    return {"light": light, "dark": {**light, **dict(pattern.findall(dark_text))}}


def _luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TONES = ("success", "warning", "danger", "info")
TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "accent", "visited") for ground in ("paper", "surface")],
    *[(ink, "accent-soft") for ink in ("ink", "ink-soft", "accent", "accent-strong")],
    *[(tone, ground) for tone in TONES for ground in ("paper", "surface", f"{tone}-soft")],
    *[("ink", f"{tone}-soft") for tone in TONES],
    *[("accent-ink", ground) for ground in ("accent", "accent-strong")],
    *[("danger-ink", ground) for ground in ("danger", "danger-strong")],
]  # fmt: skip
SHAPE_PAIRS = [
    *[(shape, ground) for shape in ("line", "focus", "accent") for ground in ("paper", "surface")],
    ("line", "accent-soft"), ("focus", "accent-soft"), ("focus", "danger-soft"),
]  # fmt: skip


def test_contrast_formula_knows_black_on_white() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_has_contrast_in_both_modes(mode: str) -> None:
    tokens = _tokens()[mode]
    weak = {pair: _contrast(tokens[pair[0]], tokens[pair[1]]) for pair in TEXT_PAIRS}
    assert {pair: value for pair, value in weak.items() if value < 4.5} == {}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_edges_and_focus_have_contrast_in_both_modes(mode: str) -> None:
    tokens = _tokens()[mode]
    weak = {pair: _contrast(tokens[pair[0]], tokens[pair[1]]) for pair in SHAPE_PAIRS}
    assert {pair: value for pair, value in weak.items() if value < 3} == {}


def test_dark_mode_redefines_every_colour() -> None:
    css = (STATIC / "css" / "diarium.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)", 1)
    names = [set(re.findall(r"--([a-z-]+):\s*#[0-9a-f]{6}", part)) for part in (light, dark)]
    assert names[0] == names[1]


def test_style_sheets_load_nothing_and_fix_no_colours_outside_tokens() -> None:
    for path in (STATIC / "css").glob("*.css"):
        css = path.read_text(encoding="utf-8")
        assert "url(" not in css, path.name
        assert "@import" not in css, path.name
        if path.name not in ("diarium.css", "print.css"):
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b", css) == [], path.name
