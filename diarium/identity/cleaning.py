"""Erases what is kept of old sessions."""

from __future__ import annotations

from dataclasses import dataclass

from diarium.db.engine import Database
from diarium.identity import sessions


@dataclass(frozen=True, slots=True)
class SessionCleaner:
    """A chore: nobody needs to know after some months where somebody logged in."""

    database: Database
    name: str = "sessions"
    every: float = 3600.0

    def run(self) -> int:
        """Erases them; returns how many."""
        with self.database.unit_of_work() as session:
            return sessions.forget_old(session)
