"""Addresses of lists: filters, order and place as parameters. What comes from outside never names an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import url_for

from diarium.i18n import gettext as _
from diarium.lists.filtering import Choice, Criteria, Filter, Kind
from diarium.lists.model import Column, ListDefinition
from diarium.lists.models import SEARCH

Chip = dict[str, str]


@dataclass(frozen=True, slots=True)
class ListAddress:
    """A list as it is shown now, and the way to others of its kind."""

    definition: ListDefinition
    criteria: Criteria
    sort: str

    def page(self, **changed: str) -> str:
        """This list with other parameters; an empty one is left out. The place is not kept."""
        return self._of(url_for("lists.show", name=self.definition.name), changed)

    def file(self, form: str) -> str:
        """This list as a file."""
        return self._of(url_for("lists.file", name=self.definition.name), {"form": form})

    def sorted_by(self, column: Column) -> str | None:
        """The list sorted by `column`; by the column that it is sorted by already, the other way round."""
        if column.order is None:
            return None
        return self.page(sort=f"-{column.key}" if self.sort == column.key else column.key)

    def direction(self, column: Column) -> str | None:
        """How the list is sorted by `column`, as `aria-sort` says it."""
        if self.sort.removeprefix("-") != column.key:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"

    def chips(self, options: Mapping[str, Sequence[tuple[str, str]]]) -> list[Chip]:
        """The filters that are set, each with the address without it."""
        return [chip for item in self.definition.filters for chip in self._chips(item, options)]

    def cleared(self) -> str:
        """The list without filters, in the same order."""
        address = url_for("lists.show", name=self.definition.name)
        return f"{address}?{urlencode({'sort': self.sort})}"

    def parameters(self) -> dict[str, str]:
        """The filters and the order."""
        return {**self.criteria.values, "sort": self.sort}

    def _chips(self, item: Filter, options: Mapping[str, Sequence[tuple[str, str]]]) -> list[Chip]:
        values = {name: self.criteria.values[name] for name in item.fields if name in self.criteria.values}
        if not values:
            return []
        if item.kind is Kind.FLAG:
            shown = str(item.label)
            return [{"label": "", "value": shown, "remove_url": self.page(**{item.name: ""})}]
        if isinstance(item, Choice):
            names = dict(options.get(item.name, ()))
            shown = names.get(values[item.name], values[item.name])
        elif len(values) == 1 and item.kind is Kind.PERIOD:
            [(name, day)] = values.items()
            shown = _("från %(day)s", day=day) if name == item.fields[0] else _("till %(day)s", day=day)
        else:
            shown = " – ".join(values.values())
        removed = dict.fromkeys(item.fields, "")
        return [{"label": str(item.label), "value": shown, "remove_url": self.page(**removed)}]

    def _of(self, address: str, changed: Mapping[str, str]) -> str:
        merged = {**self.parameters(), **changed}
        return f"{address}?{urlencode({key: value for key, value in merged.items() if value})}"


def of_saved(target: str, parameters: Mapping[str, Sequence[str]], sort: str | None) -> str:
    """The address that a saved list stands for."""
    pairs = [(name, value) for name, values in parameters.items() for value in values]
    if sort:
        pairs.append(("sort", sort))
    address = url_for("search.results") if target == SEARCH else url_for("lists.show", name=target)
    return f"{address}?{urlencode(pairs)}"
