"""The blueprint that the pages of deliveries share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("deliveries", __name__, url_prefix="/intern/arkiv")
MOST_VERSIONS = 2**31 - 1
