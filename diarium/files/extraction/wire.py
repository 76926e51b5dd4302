"""How the sandbox and its child speak: JSON in frames, each led by its length in four bytes (big-endian)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import BinaryIO

# Text of the greatest length, every character escaped or in four bytes, with room for notes.
MAX_FRAME_BYTES = 16 * 1024 * 1024
# Exit code of a child that a file has used up the memory of.
OUT_OF_MEMORY = 86
LENGTH = struct.Struct(">I")


def encode_frame(content: Mapping[str, object]) -> bytes:
    """The frame for `content`."""
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", errors="replace")
    return LENGTH.pack(len(body)) + body


def decode_frame(body: bytes) -> dict[str, object]:
    """The content of a frame's body. Raises: ValueError if it is no JSON object."""
    content = json.loads(body)
    if not isinstance(content, dict):
        raise ValueError("a frame holds a JSON object")
    return content


def read_frame(stream: BinaryIO) -> dict[str, object] | None:
    """The next frame, waiting for it; None when the other side has closed. Raises: ValueError."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return decode_frame(stream.read(LENGTH.unpack(head)[0]))
