"""Keeping what is kept: backup, restoring, and checking everything against everything."""
