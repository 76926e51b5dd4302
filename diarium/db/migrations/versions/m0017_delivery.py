"""Deliveries and receipts"""

from __future__ import annotations

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Filled in by the room that needs it."""


def downgrade() -> None:
    """Filled in by the room that needs it."""
