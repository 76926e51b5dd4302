"""What can go wrong with an index, in words that the user or the administrator can act on."""

from __future__ import annotations

from diarium.errors import DomainError


class SearchError(DomainError):
    """The search or the update of the index could not be done."""


class InvalidFilter(SearchError):
    """A filter that no index knows: the address was typed or altered by hand."""


class IndexBusy(SearchError):
    """Another process writes to the index and did not finish within the time limit."""


class IndexUnavailable(SearchError):
    """The index is missing, damaged or made by another version: it has to be rebuilt."""
