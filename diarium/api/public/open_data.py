"""The addresses of the open data: dumps and their catalogue. The page about them is one of the site's."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, current_app, request

from diarium.api import limits
from diarium.api.frame import let_any_page_read
from diarium.api.public.catalogue import Publisher, catalogue
from diarium.api.public.context import LIMITER, register, side
from diarium.api.public.dumps import DATASETS, Form, stream
from diarium.api.public.shapes import AddressOf
from diarium.i18n import gettext as _
from diarium.public import listing
from diarium.public.errors import NotInOpenRegister
from diarium.public.listing import CaseWish
from diarium.public.models import PROJECTION_VERSION

_TYPES = {Form.CSV: "text/csv; charset=utf-8", Form.JSON_LINES: "application/jsonl; charset=utf-8"}
_FORMS = ", ".join(f'"{form}"' for form in Form)
_DUMP = f"/<authority>/<int:year>/<any({', '.join(DATASETS)}):dataset>.<any({_FORMS}):form>"


def create_open_data_blueprint() -> Blueprint:
    """Dumps and catalogue below /oppna-data."""
    blueprint = Blueprint("open_data", __name__, url_prefix="/oppna-data")
    blueprint.add_url_rule("/dcat.rdf", "dcat", dcat)
    blueprint.add_url_rule(_DUMP, "dump", dump)
    blueprint.before_request(lambda: limits.take(LIMITER, limits.caller_address()))
    blueprint.after_request(_finish)
    return blueprint


def dcat() -> Response:
    """The catalogue in RDF/XML."""
    settings = side().settings
    publisher = Publisher(settings.organisation_name, settings.organisation_email, base(), settings.api.place)
    content = catalogue(publisher, listing.slices(register().database))
    answer = Response(content, content_type="application/rdf+xml; charset=utf-8")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def dump(authority: str, year: int, dataset: str, form: str) -> Response:
    """All cases or records of an authority and year, while they are read. Raises: NotInOpenRegister."""
    database, wanted = register().database, Form(form)
    if "\0" in authority or not listing.cases(database, CaseWish(authority, year), after=None, limit=1):
        raise NotInOpenRegister(_("Det finns inga sådana öppna data."))
    etag = f"{PROJECTION_VERSION}-{listing.revision(database)}-{dataset}-{form}"
    # Not by `make_conditional`, which would read the whole dump into memory to count its bytes.
    if request.if_none_match.contains_weak(etag):
        answer = Response(status=304)
    else:
        # Sending outlives the request, so nothing in it may ask for the request.
        pieces = stream(database, DATASETS[dataset], authority, year, wanted, base(), _addresses())
        kind = "application/gzip" if wanted.is_compressed else _TYPES[wanted]
        answer = Response(pieces, content_type=kind)
        name = quote(f"{dataset}-{authority}-{year}.{form}")
        simple = f"diarium-{dataset}.{form}"
        answer.headers["Content-Disposition"] = f"attachment; filename=\"{simple}\"; filename*=UTF-8''{name}"
    answer.set_etag(etag, weak=True)
    return answer


def base() -> str:
    """What addresses that leave the house begin with."""
    return side().settings.public_url or request.url_root.rstrip("/")


def _addresses() -> AddressOf:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        raise RuntimeError("no request")
    return lambda endpoint, **values: adapter.build(endpoint, values)


def _finish(response: Response) -> Response:
    limits.tell(response)
    let_any_page_read(response)
    # Asked for anew each time, so that what is withdrawn is gone from caches too.
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
