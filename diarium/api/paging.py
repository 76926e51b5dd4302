"""The way to the next page, in the answer's headers."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request


def next_page(cursor: str | None) -> dict[str, str]:
    """A `Link` to the page behind this one, nothing on the last. Source: RFC 8288."""
    if cursor is None:
        return {}
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return {"Link": f'<{request.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}
