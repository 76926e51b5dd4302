"""An end for a try as a whole.

A time-out counts anew with every piece that arrives. Whoever answers a byte at a time would hold the sender, and
all that waits behind it, for days.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class Deadline:
    """Breaks the connection of a try that lasts longer than `seconds`. `is_over`: whether it did."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Takes note of the connection. To be given to the HTTP client as its extension "trace"."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            get_extra_info = getattr(info["return_value"], "get_extra_info", None)
            found = get_extra_info("socket") if get_extra_info else None
            self._socket = found if isinstance(found, socket.socket) else None
            if self.is_over:  # while it was being connected
                self._break()

    def _end(self) -> None:
        self.is_over = True
        self._break()

    def _break(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # closed meanwhile
                # Past TLS, whose own parting would be one more thing to wait for.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
