"""The blueprint of the inbox's pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("inbox", __name__, url_prefix="/intern/inkorg")
