"""Builds the Flask application of one process: its sides, its answers to errors, what every answer carries."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

import structlog
from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header
from werkzeug.middleware.proxy_fix import ProxyFix

from diarium import i18n
from diarium.audit import service as audit
from diarium.composition import Diarium
from diarium.db.watching import took_too_long
from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.logs import set_up_logs
from diarium.observing import observe
from diarium.settings import Role, Settings, from_environment, session_secret

log = structlog.get_logger()
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LOGIN_LIMIT = "20 per minute"
SESSION_LIFETIME = dt.timedelta(hours=12)
MAX_FORM_PARTS = 5000


def create_app(settings: Settings | None = None) -> Flask:
    """The application for `settings` (the environment's, if not given)."""
    set_up_logs()
    settings = settings or from_environment()
    app = Flask("diarium", static_folder="web/static", template_folder="web/templates")
    app.config.update(
        # The public side signs nothing, and need not be able to read the secret.
        SECRET_KEY=None if settings.role is Role.PUBLIC else session_secret(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_NAME="diarium",
        SESSION_COOKIE_PATH="/intern",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    services = Diarium(settings, answers_people=True)
    app.extensions["diarium"] = services
    _set_up_templates(app, settings)
    _set_up_requests(app)
    _set_up_errors(app)
    observe(app, services)
    if settings.role is not Role.STAFF:
        _add_public_side(app, services)
    if settings.role is not Role.PUBLIC:
        _add_staff_side(app, services)
    app.wsgi_app = ProxyFix(app.wsgi_app) if settings.secure_cookies else app.wsgi_app  # type: ignore[method-assign]
    return app


def _add_public_side(app: Flask, services: Diarium) -> None:
    """The open register. Nothing of the register itself is imported or opened here."""
    from diarium.api.limits import caller_address
    from diarium.api.public.application import register_open_api
    from diarium.site.blueprint import create_site_blueprint
    from diarium.site.orders_guard import limit_forms

    app.register_blueprint(create_site_blueprint(services.public, services.settings, services.letterbox))
    limit_forms(app, caller_address)
    register_open_api(app, services.public, services.settings)


def _add_staff_side(app: Flask, services: Diarium) -> None:
    """The staff pages under /intern and the API under /api."""
    from diarium.api.application import register_api
    from diarium.api.limits import caller_address
    from diarium.web import session
    from diarium.web.blueprints import BLUEPRINTS

    services.require_prepared()
    session.set_up(app, services)
    csrf = CSRFProtect(app)
    limiter = Limiter(caller_address, app=app, storage_uri="memory://")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for name in ("login.log_in", "login.check_code", "login.log_in_by_passkey"):
        limited = limiter.limit(LOGIN_LIMIT)(app.view_functions[name])
        app.view_functions[name] = cast("Callable[..., ResponseReturnValue]", limited)
    for blueprint in register_api(app, services):
        csrf.exempt(blueprint)
    if "site" in app.blueprints:
        csrf.exempt(app.blueprints["site"])  # nobody is logged in there: it looks at the Origin instead


def _set_up_templates(app: Flask, settings: Settings) -> None:
    loaders = [PackageLoader("diarium.web"), PackageLoader("diarium.site")]
    app.jinja_loader = ChoiceLoader(loaders)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n.gettext, i18n.template_ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        show_date=i18n.show_date,
        show_time=i18n.show_time,
        file_size=i18n.show_size,
        label_pairs=lambda items: [(key.value, label) for key, label in items],
        zip_self=lambda values: [(value, value) for value in values],
        present=lambda items: [(term, value) for term, value in items if value],
    )

    @app.context_processor
    def frame() -> dict[str, object]:
        return {
            "locale": i18n.current_locale(),
            "organisation_name": settings.organisation_name,
            "organisation_email": settings.organisation_email,
        }


def _holds_nul() -> bool:
    """Whether the address or a field holds NUL: no text of ours does, and PostgreSQL can't keep it."""
    values = [request.path, *request.args.keys(), *(v for _k, v in request.args.items(multi=True))]
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        values += [text for pair in request.form.items(multi=True) for text in pair]
    return any("\x00" in value for value in values)


def _set_up_requests(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        if request.path.startswith("/intern") and _holds_nul():
            abort(HTTPStatus.BAD_REQUEST)
        audit.request_id.set(given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else secrets.token_hex(8))

    @app.after_request
    def secure(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["X-Request-Id"] = audit.request_id.get() or ""
        if request.path.startswith("/intern") and request.args.get("lang") in i18n.LOCALES:
            chosen = request.args["lang"]
            response.set_cookie("diarium_lang", chosen, path="/intern", samesite="Lax", httponly=True)
        if request.path.startswith(("/intern", "/api/v1")):
            headers.setdefault("Cache-Control", "private, no-store")
        return response

    plain = app.wsgi_app

    def with_locale(environ, start_response):  # type: ignore[no-untyped-def]
        locale = _wanted_locale(environ.get("QUERY_STRING", ""), environ.get("HTTP_COOKIE", ""))
        if environ.get("PATH_INFO", "").startswith("/api/"):
            locale = _locale_of_program(environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        with i18n.use_locale(locale):
            return plain(environ, start_response)

    app.wsgi_app = with_locale  # type: ignore[method-assign]


def _wanted_locale(query: str, cookies: str) -> str:
    found = re.search(r"(?:^|&)lang=(sv|en)(?:&|$)", query) or re.search(r"(?:^|; )diarium_lang=(sv|en)", cookies)
    return found[1] if found else i18n.SOURCE_LOCALE


def _locale_of_program(query: str, accepted: str) -> str:
    """Programs have no cookie: what the address says, else Accept-Language."""
    found = re.search(r"(?:^|&)lang=(sv|en)(?:&|$)", query)
    if found:
        return found[1]
    wanted = (tag.partition("-")[0].lower() for tag, quality in parse_accept_header(accepted) if quality > 0)
    return next((tag for tag in wanted if tag in i18n.LOCALES), i18n.SOURCE_LOCALE)


def _set_up_errors(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def domain_error(error: DomainError) -> ResponseReturnValue:
        status = HTTPStatus.BAD_REQUEST
        for kind, code in _STATUS_OF.items():
            if isinstance(error, kind):
                status = code
        return _error_page(status, error.message)

    @app.errorhandler(CSRFError)
    def csrf_error(_error: CSRFError) -> ResponseReturnValue:
        text = _("Formuläret har stått öppet för länge eller kommer från en annan inloggning. Ladda om sidan.")
        return _error_page(HTTPStatus.BAD_REQUEST, text)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        code = HTTPStatus(error.code or 500)
        if error.response is not None or 300 <= code < 400:
            return error
        return _error_page(code, _MESSAGES.get(code, str(error.description)))

    @app.errorhandler(DBAPIError)
    def database_error(error: DBAPIError) -> ResponseReturnValue:
        if not took_too_long(error):
            return unexpected(error)
        log.warning("a statement took too long", endpoint=request.endpoint, request_id=audit.request_id.get())
        message = _("Frågan tog för lång tid. Avgränsa den och försök igen.")
        return _error_page(HTTPStatus.SERVICE_UNAVAILABLE, message)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.error("unexpected error", path=request.path, request_id=audit.request_id.get(), exc_info=error)
        return _error_page(HTTPStatus.INTERNAL_SERVER_ERROR, _("Något gick fel hos oss."))


_STATUS_OF = {
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
}
_MESSAGES = {
    HTTPStatus.BAD_REQUEST: i18n.lazy_gettext("Det som skickades går inte att förstå."),
    HTTPStatus.UNAUTHORIZED: i18n.lazy_gettext("Logga in för att se sidan."),
    HTTPStatus.FORBIDDEN: i18n.lazy_gettext("Du har inte behörighet till den här sidan."),
    HTTPStatus.NOT_FOUND: i18n.lazy_gettext("Sidan finns inte, eller så får den inte visas."),
    HTTPStatus.METHOD_NOT_ALLOWED: i18n.lazy_gettext("Så kan sidan inte användas."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: i18n.lazy_gettext("Det som skickades är för stort."),
    HTTPStatus.TOO_MANY_REQUESTS: i18n.lazy_gettext("Det kom för många försök på kort tid."),
}


def _home(is_public: bool) -> str:
    if not is_public:
        return "/intern/"
    return "/" if i18n.current_locale() == i18n.SOURCE_LOCALE else f"/?lang={i18n.current_locale()}"


def _error_page(status: HTTPStatus, message: str) -> ResponseReturnValue:
    is_public = not request.path.startswith("/intern")
    frame: dict[str, object] = {"is_public": is_public, "home_url": _home(is_public)}
    if not is_public and request.endpoint:
        from diarium.web import context

        frame |= context.frame()
    html = render_template(
        "ui/error.html",
        code=int(status),
        title=_TITLES.get(status, _("Något gick fel")),
        message=message,
        request_id=audit.request_id.get(),
        how_to_go_on=None,
        back_url=None,
        **frame,
    )
    return html, int(status)


_TITLES = {
    HTTPStatus.NOT_FOUND: i18n.lazy_gettext("Sidan finns inte"),
    HTTPStatus.FORBIDDEN: i18n.lazy_gettext("Ingen behörighet"),
    HTTPStatus.CONFLICT: i18n.lazy_gettext("Det går inte just nu"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: i18n.lazy_gettext("För stor"),
    HTTPStatus.TOO_MANY_REQUESTS: i18n.lazy_gettext("För många försök"),
}
