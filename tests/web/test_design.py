"""The design system: what every page inherits must be accessible and work under the strict content policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask, Response, flash, get_flashed_messages, render_template
from lxml import html
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from diarium import i18n

WEB = Path(__file__).parents[2] / "diarium" / "web"
STATIC = WEB / "static"
TEMPLATES = WEB / "templates"
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
STAFF = {
    "locale": "sv",
    "organisation_name": "Ekdala kommun",
    "user_name": "Maria Lind",
    "user_role": "registrator",
    "logout_url": "/logout",
    "search_url": "/search",
    "nav_items": [
        ("/", "Start", False, "s"), ("/register", "Registrera", False, "n"), ("/cases", "Ärenden", True, None),
        ("/find", "Sök", False, None), ("/archive", "Arkiv", False, None), ("/admin", "Administration", False, None),
    ],
}  # fmt: skip
PUBLIC = {
    "frame": "ui/public.html",
    "locale": "sv",
    "organisation_name": "Ekdala kommun",
    "organisation_email": "registrator@ekdala.example",
    "search_url": "/search",
    "accessibility_url": "/accessibility",
    "nav_items": [("/", "Sök", True), ("/list", "Postlista", False), ("/about", "Om diariet", False)],
    "messages": [("success", "Beställningen är mottagen.")],
}
ERROR_CODES = (400, 403, 404, 413, 429, 500)


def _page_url(page: int) -> str:
    return f"?page={page}"


def _application() -> Flask:
    app = Flask("design", static_folder=str(STATIC), template_folder=str(TEMPLATES))
    app.secret_key = "only for flash messages in this test"
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["csrf_token"] = lambda: "a-token"

    @app.get("/staff")
    def staff() -> str:
        flash("Handlingen är registrerad som BN 2024/123-4.", "success")
        return render_template("ui/gallery.html", page_url=_page_url, **STAFF)

    @app.get("/public")
    def public() -> str:
        return render_template("ui/gallery.html", page_url=_page_url, **PUBLIC)

    @app.get("/progress")
    def progress() -> str:
        return render_template("ui/gallery.html", page_url=_page_url, refresh_seconds=5, **STAFF)

    @app.get("/error/<int:code>")
    def error(code: int) -> str:
        return render_template(
            "ui/error.html",
            code=code,
            title="Något gick fel",
            message="Det här hände.",
            request_id="r-17",
            **STAFF,
        )

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


@pytest.fixture(scope="module")
def app() -> Flask:
    return _application()


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
    # The summary names "unit" and "is_checked" nowhere: only fields of its mapping are linked.
    links = {href[1:] for href in document.xpath("//*[contains(@class, 'error-summary')]//a/@href")}
    assert links - set(ids) == set()


def test_headings_are_in_order_with_one_h1(document: html.HtmlElement) -> None:
    levels = [
        int(heading.tag[1])
        for heading in document.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False))


def test_nothing_inline_and_nothing_from_elsewhere(document: html.HtmlElement) -> None:
    assert document.xpath("//style | //*[@style] | //script[not(@src)]") == []
    handlers = [
        name for element in document.iter(html.etree.Element) for name in element.keys() if name[:2] == "on"
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


@pytest.mark.parametrize("code", ERROR_CODES)
def test_error_page_says_how_to_go_on(app: Flask, code: int) -> None:
    page = html.fromstring(app.test_client().get(f"/error/{code}").get_data(as_text=True))
    text = page.xpath("//main")[0].text_content()
    assert "Så går du vidare" in text
    assert f"Felkod {code}" in text
    assert "r-17" in text


def test_error_pages_advise_differently(app: Flask) -> None:
    pages = [app.test_client().get(f"/error/{code}").get_data(as_text=True) for code in ERROR_CODES]
    advice = {html.fromstring(page).xpath("string(//main//h2/following-sibling::p[1])") for page in pages}
    assert len(advice) == len(ERROR_CODES)


def test_values_are_escaped(app: Flask) -> None:
    attack = '"><script>alert(1)</script>'
    with app.test_request_context("/staff?x=" + "%22%3E%3Cscript%3E"):
        source = (
            '{% from "ui/macros/forms.html" import field_text, field_textarea, form_errors %}'
            '{% from "ui/macros/tables.html" import data_table %}{% from "ui/macros/layout.html" import status_tag, timeline %}'
            "{{ field_text('a', x, x, error=x, help=x) }}{{ field_textarea('b', x, x) }}{{ form_errors({'a': x}) }}"
            "{{ data_table([{'label': x}], [[x], [{'text': x, 'href': x, 'note': x}]], x) }}{{ status_tag(x, x) }}"
            "{{ timeline([{'title': x, 'when': x, 'text': x, 'href': x}]) }}"
        )
        shown = app.jinja_env.from_string(source).render(x=attack)
        page = render_template(
            "ui/gallery.html", page_url=_page_url, **{**STAFF, "user_name": attack, "query": attack}
        )
        assert get_flashed_messages() == []
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


TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "accent", "visited") for ground in ("paper", "surface")],
    *[(ink, "accent-soft") for ink in ("ink", "ink-soft", "accent", "accent-strong")],
    *[(tone, ground) for tone in ("success", "warning", "danger", "info") for ground in ("paper", "surface", f"{tone}-soft")],
    *[("ink", f"{tone}-soft") for tone in ("success", "warning", "danger", "info")],
    ("accent-ink", "accent"), ("accent-ink", "accent-strong"), ("danger-ink", "danger"), ("danger-ink", "danger-strong"),
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


# ---- in a real browser ----


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed at /usr/bin/chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


Opener = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Opener]:
    """Opens a page of the gallery; a broken policy or a script error fails the test."""
    problems: list[str] = []
    contexts = []

    def open_page(path: str, width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda note: problems.append(note.text) if note.type == "error" else None)
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/staff", "/public", "/error/500"])
@pytest.mark.parametrize("scripts", [True, False])
def test_page_does_not_scroll_sideways_at_320_pixels(visit: Opener, path: str, scripts: bool) -> None:
    page = visit(path, width=320, java_script_enabled=scripts)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_targets_are_at_least_24_pixels(visit: Opener, scheme: str) -> None:
    page = visit("/staff", color_scheme=scheme)
    small = page.locator("main button, main input, main select, main summary, header a, nav a, .pagination a").evaluate_all(
        """all => all.filter(one => one.checkVisibility() && !one.matches('.date__native'))
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && (box.height < 24 || box.width < 24)).map(([text]) => text)"""
    )  # fmt: skip
    assert small == []


@pytest.mark.browser
def test_focus_is_seen_wherever_the_keyboard_goes(visit: Opener) -> None:
    page = visit("/public")
    page.evaluate("document.activeElement.blur()")
    for _step in range(40):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert (width >= 3, style) == (True, "solid"), page.evaluate("document.activeElement.outerHTML")


@pytest.mark.browser
def test_error_summary_takes_focus_and_leads_to_the_field(visit: Opener) -> None:
    page = visit("/staff")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.get_by_role("link", name="Skriv en rubrik.").click()
    assert page.evaluate("document.activeElement.id") == "title"


@pytest.mark.browser
def test_personal_number_in_a_public_title_is_warned_of(visit: Opener) -> None:
    page = visit("/staff")
    warning = page.locator("#title-warning")
    assert "personnummer" in warning.inner_text()
    for harmless in ("Bygglov på Ekbacken 2:14", "Avtal 556016-0680", "BN 2024/123-4567", "19811218-9875"):
        page.fill("#title", harmless)
        assert warning.inner_text() == "", harmless
    for text, word in (("fråga a.b@example.se", "e-postadress"), ("ring 070-123 45 67", "telefonnummer")):
        page.fill("#title", text)
        assert word in warning.inner_text()


@pytest.mark.browser
def test_characters_left_are_counted(visit: Opener) -> None:
    page = visit("/staff")
    page.fill("#title", "Ansökan")
    assert page.locator("#title-count").inner_text() == "Tecken kvar: 193"


@pytest.mark.browser
def test_files_can_be_added_and_taken_away(visit: Opener) -> None:
    page = visit("/staff")
    first = {"name": "ansökan.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}
    second = {"name": "ritning.pdf", "mimeType": "application/pdf", "buffer": b"y" * 10}
    page.set_input_files("#files", [first])  # type: ignore[list-item]
    page.set_input_files("#files", [second])  # type: ignore[list-item]
    assert page.locator("[data-file-status]").inner_text() == "Valda filer: 2 (2 kB)."
    page.get_by_role("button", name="Ta bort ansökan.pdf").click()
    assert page.evaluate("[...document.getElementById('files').files].map(file => file.name)") == ["ritning.pdf"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Ta bort ritning.pdf"


@pytest.mark.browser
def test_typed_date_is_tidied(visit: Opener) -> None:
    page = visit("/staff")
    page.fill("#received_on", "20240501")
    page.locator("#received_on").blur()
    assert page.input_value("#received_on") == "2024-05-01"
    assert page.get_by_role("button", name="Välj i kalender: Inkommen dag").is_visible()


@pytest.mark.browser
def test_shortcuts_work_outside_fields_and_can_be_turned_off(visit: Opener) -> None:
    page = visit("/staff")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "quick-search"
    page.keyboard.type("n?")
    assert page.input_value("#quick-search") == "n?"
    page.locator("#quick-search").blur()
    page.keyboard.press("?")
    assert page.locator("#shortcut-help").is_visible()
    assert "Registrera handling" in page.locator("#shortcut-help").inner_text()
    page.get_by_label("Använd kortkommandon i den här webbläsaren").uncheck()
    page.get_by_role("button", name="Stäng").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert not page.locator("#shortcut-help").is_visible()


@pytest.mark.browser
def test_table_that_fits_is_no_tab_stop(visit: Opener) -> None:
    assert visit("/staff", width=1600).locator("#record-list").locator("..").get_attribute("tabindex") is None
    assert visit("/staff", width=400).locator("#queue").locator("..").get_attribute("tabindex") == "0"


@pytest.mark.browser
def test_unsaved_changes_are_asked_about(visit: Opener) -> None:
    page = visit("/public")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#sender").press_sequentially("Ekdala")
    page.goto(page.url.replace("/public", "/error/404"))
    assert asked == ["beforeunload"]
