"""Pages of administration. Importing this package puts all of them on `blueprint`."""

from diarium.web.administration import (
    authorities,
    channels,
    common,
    importing,
    log,
    overview,
    schemes,
    series,
    set_up,
    tokens,
    units,
    users,
    webhooks,
)
from diarium.web.administration.frame import blueprint

__all__ = [
    "authorities",
    "blueprint",
    "channels",
    "common",
    "importing",
    "log",
    "overview",
    "schemes",
    "series",
    "set_up",
    "tokens",
    "units",
    "users",
    "webhooks",
]
