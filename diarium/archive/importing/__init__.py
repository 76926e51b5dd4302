"""Takes packages over: into the register or as read-only archive."""
