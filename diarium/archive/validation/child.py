"""The process that checks a package from outside: `python -m diarium.archive.validation.child`.

It limits itself before it opens the package: memory, processor time, the size of files it may write, descriptors.
It ends when its parent does. The report is written under another name first, so that what is there is whole.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from diarium.archive.validation.engine import validate_package
from diarium.archive.validation.model import Limits
from diarium.i18n import SOURCE_LOCALE, use_locale

OUT_OF_MEMORY = 86
UNPACKING = ".unpacking"
_DESCRIPTORS = 256


def main() -> int:
    """Checks one package. Returns the exit code."""
    options = _options()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    limits = Limits(**json.loads(options.limits))
    _limit(options.memory_bytes, options.seconds, limits.total_bytes)
    tempfile.tempdir = str(options.work)
    draft = _room_for(options.keep)
    try:
        with use_locale(SOURCE_LOCALE):
            report = validate_package(
                options.path,
                limits=limits,
                keep=draft,
                on_progress=lambda done, total: _write(options.work / "progress", f"{done} {total}"),
            )
            text = json.dumps(report.to_json(), ensure_ascii=False)
    except MemoryError:
        return OUT_OF_MEMORY
    if draft is not None and any(draft.iterdir()):
        draft.rename(options.keep)
    _write(options.work / "report.json", text)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Checks a package from outside; not for use by hand.")
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--limits", required=True)
    parser.add_argument("--memory-bytes", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    return parser.parse_args()


def _room_for(keep: Path | None) -> Path | None:
    """An empty folder beside `keep`, which gets that name when the package lies there whole; None if it does."""
    if keep is None or keep.exists():
        return None
    draft = keep.with_name(UNPACKING)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    return draft


def _limit(memory_bytes: int, seconds: int, file_bytes: int) -> None:
    # RLIMIT_DATA, not RLIMIT_AS: Saxon reserves gigabytes of address space that it never uses
    limits = {
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _leave_with_parent() -> None:
    """The parent holds the other end of the pipe: however it ends, this read returns."""
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os._exit(1)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
