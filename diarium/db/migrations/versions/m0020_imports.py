"""Registers taken over"""

from __future__ import annotations

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Filled in by the room that needs it."""


def downgrade() -> None:
    """Filled in by the room that needs it."""
