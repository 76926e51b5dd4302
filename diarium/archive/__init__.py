"""Archive: export packages, archive formats and their validation."""
