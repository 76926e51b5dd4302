"""Administration of authorities: their facts, units and number series, set-up and new year, and the log of it."""

from diarium.register.administration.authorities import NewAuthority, add_authority

__all__ = ["NewAuthority", "add_authority"]
