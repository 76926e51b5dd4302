"""Seeded chance."""

from __future__ import annotations

from random import Random


def chance(seed: int, what: str) -> Random:
    """A source of chance of its own for each thing, so that making one thing never changes another."""
    return Random(f"{seed}/{what}")  # noqa: S311 - content, no secret
