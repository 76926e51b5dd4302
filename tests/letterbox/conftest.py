"""A letterbox, and letters in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diarium.letterbox.box import Letterbox
from diarium.letterbox.letters import ContactWay, Order, OrderedItem


@pytest.fixture
def box(any_database_url: str) -> Iterator[Letterbox]:
    """An empty letterbox, on both databases."""
    opened = Letterbox(any_database_url)
    opened.ensure()
    yield opened
    opened.close()


@pytest.fixture
def sqlite_box(tmp_path: Path) -> Iterator[Letterbox]:
    """An empty letterbox on SQLite."""
    opened = Letterbox(f"sqlite:///{tmp_path / 'letterbox.sqlite'}")
    opened.ensure()
    yield opened
    opened.close()


def order(*numbers: str, **facts: Any) -> Order:
    """An order that is answered by e-mail; `facts` are those of `Order`."""
    wanted: dict[str, Any] = {"contact_way": ContactWay.EMAIL, "contact": "anna@post.example"}
    items = tuple(OrderedItem(number) for number in numbers or ("KS 2024/1-1",))
    return Order(**({"items": items} | wanted | facts))
