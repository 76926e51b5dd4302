"""The blueprint of the pages about requests to see documents."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("disclosure", __name__, url_prefix="/intern/utlamnande")
