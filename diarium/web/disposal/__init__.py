"""Disposal in the browser: what is due, proposals, decisions, certificates, stops."""

from diarium.web.disposal import deciding, due, listing, proposal, stops
from diarium.web.disposal.blueprint import blueprint

__all__ = ["blueprint", "deciding", "due", "listing", "proposal", "stops"]
