"""Packages taken in to be looked at"""

from __future__ import annotations

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Filled in by the room that needs it."""


def downgrade() -> None:
    """Filled in by the room that needs it."""
