"""Takes the text out of documents that receivers return (PDF and the like), in a process of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from diarium.archive.receipts import TextReader
from diarium.files.errors import SandboxUnavailable
from diarium.files.extraction.sandbox import ExtractionSandbox


def sandboxed(sandbox: ExtractionSandbox) -> TextReader:
    """A reader that opens documents in `sandbox`. One that can't be opened has no text."""

    def text_of(content: bytes, name: str) -> str:
        with tempfile.TemporaryDirectory(prefix="diarium-kvittens-") as folder:
            path = Path(folder) / "kvittens"
            path.write_bytes(content)
            try:
                return sandbox.process(path, name).text.text
            except SandboxUnavailable:
                return ""

    return text_of
