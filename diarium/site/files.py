"""Downloading released files. A file comes from outside: it is never let run in the site's name."""

from __future__ import annotations

import uuid

from flask import send_file
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.public.errors import NotInOpenRegister
from diarium.public.file_names import SHOWABLE
from diarium.site.frame import Site

_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def download(site: Site, uid: uuid.UUID) -> ResponseReturnValue:
    """A released file: shown if its type can hold nothing active, else only saved. Raises: NotInOpenRegister."""
    found = site.register.document(uid)
    try:
        response = send_file(
            found.path,
            mimetype=found.mime,
            as_attachment=found.mime not in SHOWABLE,
            download_name=found.file_name,
            conditional=True,
            etag=found.sha256,
        )
    except FileNotFoundError:  # withdrawn just now
        raise NotInOpenRegister(_("Filen finns inte i det öppna diariet.")) from None
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Asked for anew each time, so that a withdrawn file is gone from caches too.
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers.pop("Last-Modified", None)
    response.headers.pop("Expires", None)
    return response
