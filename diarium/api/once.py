"""Calls with an Idempotency-Key: sent again with the same content, they get the same answer and change nothing.

Answers are kept enciphered: they may hold what is secret, and the secret of a new webhook, which stands in no
database.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken
from flask import Response, current_app, g, make_response, request
from marshmallow import ValidationError

from diarium.composition import Diarium
from diarium.i18n import gettext as _
from diarium.identity import repeating
from diarium.identity.repeating import FIELD, Begun, KeptAnswer
from diarium.identity.tokens import Holder
from diarium.settings import session_secret

PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": FIELD,
    "required": False,
    "description": "A text of your own that names this call, such as a UUID. Sent again within two days with the "
    "same content, the call gets the same answer and changes nothing; with other content it is refused (422). 409 "
    "while the first is being handled.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
_KEY = re.compile(r"[!-~]{1,255}")
_KEPT_HEADERS = ("Content-Type", "Location")
_CHUNK = 1024 * 1024


def repeatable(view: Callable[..., Any]) -> Callable[..., Any]:
    """`view`, run once for all calls with the same key."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> Response:
        key = request.headers.get(FIELD)
        if key is None:
            return make_response(view(*args, **kwargs))
        if not _KEY.fullmatch(key):
            raise ValidationError({FIELD: [_("Skriv 1–255 synliga tecken ur ASCII.")]})
        services = cast(Diarium, current_app.extensions["diarium"])
        database, cipher = services.database, _cipher(services)
        who: Holder = g.api_holder
        found = repeating.begin(database, who.token_id, key, _fingerprint())
        if isinstance(found, KeptAnswer):
            return _again(found, cipher)
        g.api_begun = found
        try:
            answer = make_response(view(*args, **kwargs))
        except Exception:
            repeating.forget(database, found)
            raise
        headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        kept = KeptAnswer(answer.status_code, headers, cipher.encrypt(answer.get_data()).decode("ascii"))
        repeating.keep(database, found, kept)
        return answer

    return guarded


def begun() -> Begun | None:
    """The call that is being handled, if it is named by a key."""
    found: Begun | None = g.get("api_begun")
    return found


def _cipher(services: Diarium) -> Fernet:
    key = hashlib.sha256(f"repeated calls:{session_secret(services.settings)}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _again(kept: KeptAnswer, cipher: Fernet) -> Response:
    try:
        body = cipher.decrypt(kept.body)
    except InvalidToken:  # the installation got another key since
        raise repeating.lost() from None
    answer = Response(body, status=kept.status, headers=dict(kept.headers))
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for part in _parts():
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts() -> Iterator[bytes]:
    """What of the request tells it from another; a form without its boundary, which is another each time."""
    yield f"{request.method} {request.full_path}".encode()
    if request.mimetype != "multipart/form-data":
        yield request.get_data()
        return
    for name, value in sorted(request.form.items(multi=True)):
        yield f"{name}={value}".encode("utf-8", "surrogatepass")
    for name, upload in request.files.items(multi=True):
        yield f"{name}:{upload.filename}".encode("utf-8", "surrogatepass")
        while chunk := upload.stream.read(_CHUNK):
            yield chunk
        upload.stream.seek(0)
