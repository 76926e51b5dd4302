"""A bare application that shows the design system under the strict content policy, for the tests beside it."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from flask import Flask, Response, flash, render_template, render_template_string

from diarium import i18n

WEB = Path(__file__).parents[2] / "diarium" / "web"
STATIC = WEB / "static"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
STAFF = {
    "locale": "sv",
    "organisation_name": "Ekdala kommun",
    "user_name": "Maria Lind",
    "user_role": "registrator",
    "logout_url": "/logout",
    "search_url": "/search",
    "nav_items": [
        ("/", "Start", False, "s"),
        ("/register", "Registrera", False, "n"),
        ("/cases", "Ärenden", True, None),
        ("/find", "Sök", False, None),
        ("/archive", "Arkiv", False, None),
        ("/admin", "Administration", False, None),
    ],
}
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
STEPS = 3
PROGRESS = """{% extends "ui/staff.html" %}{% from "ui/macros/layout.html" import progress %}
{% block title %}Export{% endblock %}
{% block content %}<div id="refresh">{{ progress(step, steps, "Paketet byggs") }}</div>{% endblock %}"""
ONCE = """{% extends "ui/staff.html" %}{% from "ui/macros/forms.html" import form, button_primary %}
{% block title %}Registrera{% endblock %}
{% block content %}
{% call form("/once", id="once") %}{{ button_primary("Registrera") }}{% endcall %}
{% endblock %}"""


def page_url(page: int) -> str:
    """The address of one page of a list."""
    return f"?page={page}"


def application() -> Flask:
    """The gallery in both frames, the error pages, a job that takes `STEPS` steps, and a form."""
    app = Flask("design", static_folder=str(STATIC), template_folder=str(WEB / "templates"))
    app.secret_key = "only for flash messages in this test"
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["csrf_token"] = lambda: "a-token"
    _add_gallery(app)
    _add_behaviour(app)

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


def _add_gallery(app: Flask) -> None:
    @app.get("/staff")
    def staff() -> str:
        flash("Handlingen är registrerad som BN 2024/123-4.", "success")
        return render_template("ui/gallery.html", page_url=page_url, **STAFF)

    @app.get("/public")
    def public() -> str:
        return render_template("ui/gallery.html", page_url=page_url, **PUBLIC)

    @app.get("/progress")
    def progress() -> str:
        return render_template("ui/gallery.html", page_url=page_url, refresh_seconds=5, **STAFF)

    @app.get("/error/<int:code>")
    def error(code: int) -> str:
        facts = {"code": code, "title": "Något gick fel", "message": "Det här hände.", "request_id": "r-17"}
        return render_template("ui/error.html", **facts, **STAFF)


def _add_behaviour(app: Flask) -> None:
    steps = count(1)

    @app.get("/job")
    def job() -> str:
        step = min(next(steps), STEPS)
        refresh = 1 if step < STEPS else None
        return render_template_string(PROGRESS, step=step, steps=STEPS, refresh_seconds=refresh, **STAFF)

    @app.get("/once")
    def once() -> str:
        return render_template_string(ONCE, **STAFF)
