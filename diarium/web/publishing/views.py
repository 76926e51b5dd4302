"""All pages about the web register."""

from __future__ import annotations

from diarium.web.publishing import delays, lists, showing, withdrawing
from diarium.web.publishing.blueprint import blueprint

__all__ = ["blueprint", "delays", "lists", "showing", "withdrawing"]
