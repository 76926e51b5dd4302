"""Between the browser's script and `identity.passkeys`: for which site, and which challenge was given out."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import Response, request, session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from diarium.identity.passkeys import Question, RelyingParty
from diarium.web import context

_KEPT: Final = "passkey_challenge"
_SECONDS: Final = 300


def party() -> RelyingParty | None:
    """The site that keys are good for: that of DIARIUM_STAFF_URL. Without it only this machine, as `localhost`."""
    settings = context.diarium().settings
    address = urlsplit(settings.staff_url or request.host_url)
    if not address.hostname or (not settings.staff_url and address.hostname != "localhost"):
        return None
    return RelyingParty(address.hostname, f"{address.scheme}://{address.netloc}", settings.organisation_name)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was put to this browser. `at`: when, so that a copied answer can be told."""

    challenge: bytes
    at: dt.datetime


def asked(question: Question) -> Response:
    """The question for the browser; its challenge is kept in the signed cookie for some minutes."""
    session[_KEPT] = [bytes_to_base64url(question.challenge), time.time()]
    return Response(question.options, mimetype="application/json")


def put() -> Asked | None:
    """The question that was given out, and forgets it; None if there was none lately."""
    kept = session.pop(_KEPT, None)
    if not isinstance(kept, list) or time.time() - float(kept[1]) > _SECONDS:
        return None
    return Asked(base64url_to_bytes(kept[0]), dt.datetime.fromtimestamp(float(kept[1]), dt.UTC))
