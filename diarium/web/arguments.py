"""Values that come with an address or a form, read without trust."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"[0-9]{1,18}")


def whole_number(text: str | None, default: int, most: int) -> int:
    """The whole number that `text` writes with digits 0–9, at most `most`; `default` for anything else."""
    written = (text or "").strip()
    return min(int(written), most) if _WHOLE.fullmatch(written) else default
