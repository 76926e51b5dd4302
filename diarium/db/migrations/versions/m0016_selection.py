"""What an export was chosen by, and its parts"""

from __future__ import annotations

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Filled in by the room that needs it."""


def downgrade() -> None:
    """Filled in by the room that needs it."""
