"""Every error of the API in one form: problem+json (RFC 9457), in the user's language.

`errors` lists what is wrong with single fields, each as {field, message}; a field within a list is named with its
place, counted from 0: `parties.0.name`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog
from flask import Response, request
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from diarium.db.watching import took_too_long
from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.files.errors import FileTooLarge
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.search.errors import IndexBusy, IndexUnavailable

log = structlog.get_logger()
CONTENT_TYPE = "application/problem+json"
MAX_ERRORS = 100
"""Field errors told at most: an answer must not grow with a hostile body."""


@dataclass(frozen=True, slots=True)
class _Kind:
    slug: str
    title: str
    detail: str


_KINDS: Mapping[int, _Kind] = {
    400: _Kind("malformed", _l("Anropet går inte att läsa"), _l("Innehållet är inte giltig JSON.")),
    401: _Kind(
        "unauthenticated",
        _l("Ingen giltig åtkomstnyckel"),
        _l("Skicka rubriken Authorization: Bearer med en giltig åtkomstnyckel."),
    ),
    403: _Kind("not-allowed", _l("Behörighet saknas"), _l("Du har inte behörighet att göra detta.")),
    404: _Kind("not-found", _l("Finns inte"), _l("Det som söks finns inte, eller får inte visas för dig.")),
    405: _Kind("method", _l("Metoden stöds inte"), _l("Adressen svarar inte på den metoden.")),
    409: _Kind("conflict", _l("Går inte i det här läget"), _l("Läget tillåter det inte.")),
    412: _Kind("changed", _l("Uppgifterna har ändrats"), _l("Läs uppgifterna på nytt och försök igen.")),
    413: _Kind("too-large", _l("För stort"), _l("Innehållet är större än vad som tas emot.")),
    415: _Kind("media-type", _l("Fel innehållstyp"), _l("Skicka JSON med Content-Type: application/json.")),
    422: _Kind("invalid", _l("Uppgifterna kan inte användas"), _l("Rätta uppgifterna och skicka igen.")),
    428: _Kind("condition", _l("Villkor saknas"), _l("Skicka rubriken If-Match med den ETag som läsningen gav.")),
    429: _Kind("too-many", _l("För många anrop"), _l("Vänta en stund och försök igen.")),
    500: _Kind("fault", _l("Något gick fel"), _l("Felet är noterat. Ingenting har sparats.")),
    503: _Kind("unavailable", _l("Inte tillgängligt just nu"), _l("Försök igen om en stund.")),
}
_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (FileTooLarge, 413),
    (IndexBusy, 503),
    (IndexUnavailable, 503),
)


def of_domain(error: DomainError) -> Response:
    """The problem of a use case that said no."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 422)
    errors = [{"field": error.field, "message": error.message}] if error.field else []
    return problem(status, error.message, errors)


def of_validation(error: ValidationError) -> Response:
    """The problem of a body that the schema refused."""
    return problem(422, None, list(_flat(error.messages)))


def of_http(error: HTTPException) -> Response:
    """The problem of anything that the framework refused."""
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    details: Mapping[str, object] = getattr(error, "data", None) or {}
    messages = details.get("messages")
    if isinstance(messages, Mapping):  # a schema's, with the location of the arguments around them
        inner = next(iter(messages.values())) if len(messages) == 1 else messages
        return problem(error.code or 500, None, list(_flat(inner)))
    told = details.get("detail")
    answer = problem(error.code or 500, told if isinstance(told, str) else None, [])
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def of_fault(error: Exception) -> Response:
    """The problem of a fault of ours: told in the log, not to the caller."""
    if isinstance(error, DBAPIError) and took_too_long(error):
        log.warning("a statement took too long", endpoint=request.endpoint)
        return problem(503, _("Frågan tog för lång tid. Avgränsa den och försök igen."), [])
    log.error("unexpected error", path=request.path, exc_info=error)
    return problem(500, None, [])


def problem(status: int, detail: str | None, errors: list[dict[str, str]]) -> Response:
    """A problem with `status`; without `detail` it gets the usual sentence of its kind."""
    kind = _KINDS.get(status) or _KINDS[500 if status >= 500 else 400]
    body: dict[str, object] = {
        "type": f"urn:diarium:problem:{kind.slug}",
        "title": str(kind.title),
        "status": status,
        "detail": str(detail or kind.detail),
        "instance": request.path,
    }
    if errors:
        body["errors"] = errors[:MAX_ERRORS]
    answer = Response(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="diarium"'
    return answer


def _flat(messages: object, place: str = "") -> Iterator[dict[str, str]]:
    """One row per message of marshmallow's tree; `_schema` stands for the object itself."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            name = "" if key == "_schema" else str(key)
            yield from _flat(inner, ".".join(part for part in (place, name) if part))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _flat(inner, place)
    else:
        yield {"field": place, "message": str(messages)}
