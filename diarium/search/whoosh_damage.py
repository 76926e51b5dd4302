"""What Whoosh raises when files are damaged."""

from __future__ import annotations

import pickle
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from whoosh.index import IndexError as WhooshIndexError
from whoosh.reading import CorruptIndexError

from diarium.search.engine import Damaged

DAMAGE = (CorruptIndexError, struct.error, zlib.error, pickle.UnpicklingError, EOFError)
"""When they are read."""

DAMAGE_WHEN_OPENED = (*DAMAGE, OSError, KeyError, IndexError, ValueError, AttributeError, WhooshIndexError)
"""When they are opened: the same and nearly anything else."""


@contextmanager
def telling_damage(kinds: tuple[type[Exception], ...] = DAMAGE) -> Iterator[None]:
    """Turns errors of `kinds` into Damaged."""
    try:
        yield
    except kinds as error:
        raise Damaged from error
