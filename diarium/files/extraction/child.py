"""The process that reads files nobody trusts: `python -m diarium.files.extraction.child`, started by the sandbox.

It limits itself before it opens the first file: no file can be written, no core dumped, memory and descriptors are
few, and each file has its processor time, so that it ends even if its parent is gone.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from diarium.files.errors import UnreadableMessage
from diarium.files.extraction.answers import message_facts
from diarium.files.extraction.extractors import extract
from diarium.files.extraction.mail import parse_message
from diarium.files.extraction.wire import LENGTH, OUT_OF_MEMORY, encode_frame, read_frame
from diarium.files.identification import identify

_DESCRIPTORS = 64
_SLACK_SECONDS = 5
# A child that still holds this much after a file would fail on an innocent one.
_WORN_SHARE = 0.6


def main() -> int:
    """Answers requests until the parent closes the pipe. Returns the exit code."""
    options = _options()
    requests, answers = _private_pipes()
    _limit(options.memory_bytes)
    _send(answers, {"ready": True})
    try:
        while (request := read_frame(requests)) is not None:
            _limit_processor_time(options.seconds_per_file)
            _answer(request, answers, options.work_folder)
            _send(answers, {"retire": _data_bytes() > _WORN_SHARE * options.memory_bytes})
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _answer(request: dict[str, object], answers: BinaryIO, work_folder: Path) -> None:
    path = Path(str(request["path"]))
    try:
        if request["task"] == "message":
            _answer_message(path, answers)
        else:
            _answer_file(path, str(request["name"]), answers, work_folder)
    except OSError as error:
        _send(answers, {"error": f"{type(error).__name__}: {error}"})


def _answer_file(path: Path, name: str, answers: BinaryIO, work_folder: Path) -> None:
    """Two frames: the format first, so that it is known even if reading the text ends the process."""
    file_format = identify(path, name, work_folder=work_folder)
    _send(answers, {"format": asdict(file_format)})
    _send(answers, {"text": asdict(extract(path, file_format, name))})


def _answer_message(path: Path, answers: BinaryIO) -> None:
    """One frame of facts, then one with the bytes of each attachment."""
    try:
        message = parse_message(path)
    except UnreadableMessage as refusal:
        _send(answers, {"unreadable": refusal.message})
        return
    _send(answers, {"message": message_facts(message)})
    for attachment in message.attachments:
        answers.write(LENGTH.pack(len(attachment.content)))
        answers.write(attachment.content)
    answers.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads files for the extraction sandbox; not for use by hand.")
    parser.add_argument("--memory-bytes", type=int, required=True)
    parser.add_argument("--seconds-per-file", type=float, required=True)
    parser.add_argument("--work-folder", type=Path, required=True)
    return parser.parse_args()


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent under other numbers: a library that prints must not write into the answers."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return requests, answers


def _limit(memory_bytes: int) -> None:
    # RLIMIT_DATA, not RLIMIT_AS: the Go runtime inside pygfried reserves more than a gigabyte of address space
    # that it never uses. Data counts what is really mapped for writing.
    limits = {
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _data_bytes() -> int:
    """What counts against RLIMIT_DATA now. Source: proc(5), the sixth field of statm, in pages."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()


def _limit_processor_time(seconds: float) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds) + _SLACK_SECONDS
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _send(answers: BinaryIO, content: dict[str, object]) -> None:
    answers.write(encode_frame(content))
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
