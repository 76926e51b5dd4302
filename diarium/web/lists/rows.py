"""Rows of lists as the table macro takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import url_for

from diarium.i18n import show_time
from diarium.lists.model import Column, Goes, ListDefinition, ListRow, Value
from diarium.web.lists.addresses import ListAddress
from diarium.web.tables import Cell, Row

_PAGES = {Goes.CASE: "cases.details", Goes.RECORD: "records.details", Goes.ITEM: "inbox.item"}


def columns(address: ListAddress) -> list[dict[str, object]]:
    """The columns of the page, those that can be sorted by with the address for it."""
    return [
        {
            "label": column.label,
            "code": column.is_code,
            "wide": column.is_wide,
            "sort_url": address.sorted_by(column),
            "sorted": address.direction(column),
        }
        for column in address.definition.columns
        if column.on_page
    ]


def cells(definition: ListDefinition, rows: Sequence[ListRow]) -> list[Row]:
    """The rows: the first cell leads to what the row is about, the widest has the small print."""
    shown = [(place, column) for place, column in enumerate(definition.columns) if column.on_page]
    return [
        {
            "cells": [_cell(row, column, row.values[place], place == shown[0][0]) for place, column in shown],
            "state": "cancelled" if row.is_struck else None,
        }
        for row in rows
    ]


def text_of(value: Value) -> str:
    """A value as it is read."""
    if isinstance(value, dt.datetime):
        return show_time(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return "" if value is None else str(value)


def _cell(row: ListRow, column: Column, value: Value, is_first: bool) -> Cell:
    cell: dict[str, object] = {"text": text_of(value)}
    if is_first:
        cell["href"] = url_for(_PAGES[row.goes], uid=row.uid)
    if column.is_wide and row.note and row.note != cell["text"]:
        cell["note"] = row.note
    return cell if len(cell) > 1 or column.is_wide else text_of(value)
