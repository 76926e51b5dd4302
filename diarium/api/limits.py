"""How many calls a program may make: counted per token or address, a minute at a time, in this process."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests

WINDOW = 60
MOST_KEYS = 20_000
_EXTENSION = "diarium_api_limiters"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a call: of `limit` calls a window, for another `reset` seconds."""

    limit: int
    remaining: int
    reset: int
    is_used_up: bool


@dataclass(slots=True)
class Limiter:
    """Counts calls by key. No key is kept longer than its window, and never more than `MOST_KEYS` of them."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _counts: dict[str, tuple[float, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str) -> Allowance:
        """Counts a call of `key`; one that is too many is not counted."""
        now = self.clock()
        with self._lock:
            begun, count = self._counts.get(key, (now, 0))
            if now - begun >= WINDOW:
                begun, count = now, 0
            is_used_up = count >= self.per_minute
            if not is_used_up:
                count += 1
            if key not in self._counts and len(self._counts) >= MOST_KEYS:
                self._make_room(now)
            self._counts[key] = (begun, count)
        reset = max(1, round(WINDOW - (now - begun)))
        return Allowance(self.per_minute, self.per_minute - count, reset, is_used_up)

    def _make_room(self, now: float) -> None:
        current = {key: value for key, value in self._counts.items() if now - value[0] < WINDOW}
        # Whoever floods with addresses loses their own counts first: the newest stay.
        self._counts = dict(list(current.items())[-MOST_KEYS // 2 :])


def set_up(name: str, per_minute: int) -> None:
    """Gives the application a limiter with a name. Call within its context."""
    current_app.extensions.setdefault(_EXTENSION, {})[name] = Limiter(per_minute)


def take(name: str, key: str) -> None:
    """Counts a call for the limiter `name`. Raises: TooManyRequests (429) with when to try again."""
    limiter: Limiter = current_app.extensions[_EXTENSION][name]
    allowance = limiter.take(key)
    g.api_allowance = allowance
    if allowance.is_used_up:
        raise TooManyRequests(retry_after=allowance.reset)


def caller_address() -> str:
    """Where the call comes from. Of IPv6 the network: one subscriber has all of its addresses."""
    text = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return text if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def tell(response: Response) -> None:
    """Tells in the answer's headers what is left. Source: the IETF draft RateLimit header fields for HTTP."""
    allowance: Allowance | None = g.get("api_allowance")
    if allowance is None:
        return
    response.headers["RateLimit-Limit"] = str(allowance.limit)
    response.headers["RateLimit-Remaining"] = str(allowance.remaining)
    response.headers["RateLimit-Reset"] = str(allowance.reset)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:  # said again where a page was made of the error
        response.headers["Retry-After"] = str(allowance.reset)
    response.headers["RateLimit-Policy"] = f"{allowance.limit};w={WINDOW}"
