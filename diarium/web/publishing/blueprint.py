"""The blueprint of these pages."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("publishing", __name__, url_prefix="/intern")
