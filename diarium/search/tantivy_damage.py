"""What Tantivy raises when files are damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from diarium.search.engine import Damaged

_PANIC = "PanicException"


@contextmanager
def telling_damage() -> Iterator[None]:
    """Turns errors of the engine into Damaged. A panic of its Rust code is one; it is no Exception to Python."""
    try:
        yield
    except (ValueError, OSError, RuntimeError, KeyError) as error:
        raise Damaged from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise Damaged from error
