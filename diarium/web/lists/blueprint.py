"""The lists' place among the staff pages."""

from flask import Blueprint

blueprint = Blueprint("lists", __name__, url_prefix="/intern")
