"""Delivery agreements"""

from __future__ import annotations

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Filled in by the room that needs it."""


def downgrade() -> None:
    """Filled in by the room that needs it."""
