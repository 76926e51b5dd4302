"""The blueprint of the registration pages, and what is done to a request before anything reads it."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.datastructures import ImmutableMultiDict

from diarium.web import context

blueprint = Blueprint("registration", __name__, url_prefix="/intern/registrera")
# One file may be as large as a whole request elsewhere, so that a too large one is told of at its field.
_REQUEST_OF_UPLOADS = 4


@blueprint.url_value_preprocessor
def take_what_can_be_mended(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Lets through what other pages refuse whole: nothing of a long form may be lost for one mistake in it.

    NUL becomes the sign for what can't be read, which the form points out at the field (`form.cleaned`).
    """
    if request.method != "POST":
        return
    request.max_content_length = _REQUEST_OF_UPLOADS * context.diarium().settings.max_upload_bytes
    if any("\x00" in text for pair in _pairs() for text in pair):
        request.form = ImmutableMultiDict(
            [(name.replace("\x00", "\ufffd"), text.replace("\x00", "\ufffd")) for name, text in _pairs()]
        )


def _pairs() -> list[tuple[str, str]]:
    return list(request.form.items(multi=True))
