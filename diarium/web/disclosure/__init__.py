"""Requests to see documents in the browser: the queue, one request, reviews, decisions, what is given out."""

from diarium.web.disclosure import creating, deciding, details, giving, listing, reviewing
from diarium.web.disclosure.blueprint import blueprint

__all__ = ["blueprint", "creating", "deciding", "details", "giving", "listing", "reviewing"]
