"""Reading hostile files in a process of its own, so that no file can take the program down."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import diarium
from diarium.files.errors import SandboxUnavailable, UnreadableMessage
from diarium.files.extraction.answers import format_from, message_from, section_list, text_from
from diarium.files.extraction.message import MailMessage
from diarium.files.extraction.model import MAX_MESSAGE_BYTES, ExtractedText
from diarium.files.extraction.wire import LENGTH, MAX_FRAME_BYTES, OUT_OF_MEMORY, decode_frame, encode_frame
from diarium.files.identification import FileFormat, unidentified
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _

_PACKAGE_ROOT = Path(diarium.__file__).resolve().parent.parent
_START_SECONDS = 60.0
_STOP_SECONDS = 2.0
_PIPE_BYTES = 64 * 1024
# Attachments are never much larger than the message; those of embedded messages are written out again.
_MAX_CONTENTS_BYTES = 2 * MAX_MESSAGE_BYTES
# The Go runtime in the child needs one processor and no more threads than that.
_ENVIRONMENT = {"LANG": "C.UTF-8", "GOMAXPROCS": "1", "GOTRACEBACK": "none"}


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """What is known of a file. `text.note` says, in Swedish, why there is no text or not all of it."""

    format: FileFormat
    text: ExtractedText


class ExtractionSandbox:
    """Identifies files and reads their text in a child process with limits; use as a context manager.

    One child serves many files; it is replaced after `files_per_child` and whenever a file breaks it. Threads may
    share a sandbox: they take turns.
    """

    def __init__(
        self, *, timeout_seconds: float = 30.0, memory_bytes: int = 1024**3, files_per_child: int = 200
    ) -> None:
        self._timeout = timeout_seconds
        self._memory = memory_bytes
        self._files_per_child = files_per_child
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> ExtractionSandbox:
        self._folder = tempfile.TemporaryDirectory(prefix="diarium-extraction-")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._drop_child()
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    @property
    def child_id(self) -> int | None:
        """The process number of the present child, None if there is none: for monitoring."""
        return self._child.process_id if self._child else None

    def process(self, path: Path, original_name: str) -> ExtractionResult:
        """Format and text of the file at `path`, whatever it holds: bad content gives a note, never an error.

        Notes and warnings are in Swedish, since they are stored. Raises: FileNotFoundError, SandboxUnavailable if
        the child can't be started or can't open the file.
        """
        absolute = path.resolve(strict=True)
        with use_locale(SOURCE_LOCALE):
            format_so_far = unidentified()
        try:
            with self._conversation() as child:
                child.request({"task": "file", "path": str(absolute), "name": original_name})
                format_so_far = format_from(_section(child.answer(), "format", absolute))
                text = text_from(_section(child.answer(), "text", absolute))
                child.finish()
        except _ChildFailed as failure:
            return ExtractionResult(format_so_far, ExtractedText("", str(failure)))
        return ExtractionResult(format_so_far, text)

    def read_message(self, path: Path) -> MailMessage:
        """The e-mail in the file at `path`, EML or MSG, with the contents of its attachments.

        Raises: UnreadableMessage if it can't be read as one; FileNotFoundError, SandboxUnavailable as `process`.
        """
        absolute = path.resolve(strict=True)
        try:
            with self._conversation() as child:
                child.request({"task": "message", "path": str(absolute)})
                answer = child.answer()
                if "unreadable" in answer:
                    child.finish()
                    raise UnreadableMessage(str(answer["unreadable"]))
                facts = _section(answer, "message", absolute)
                contents = child.contents(len(section_list(facts, "attachments")))
                child.finish()
                return message_from(facts, contents)
        except _ChildFailed as failure:
            raise UnreadableMessage(str(failure)) from failure

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[_Child]:
        """One question and its answers. A child whose answers were not all taken can't be asked again: it goes."""
        with self._lock, use_locale(SOURCE_LOCALE):
            child = self._ready_child()
            try:
                yield child
            except UnreadableMessage:
                raise
            except BaseException:
                self._drop_child()
                raise

    def _ready_child(self) -> _Child:
        if self._folder is None:
            raise SandboxUnavailable("the sandbox is used outside its with block")
        if self._child is not None and (self._child.is_spent or self._child.requests >= self._files_per_child):
            self._drop_child()
        if self._child is None:
            self._child = _Child(self._timeout, self._memory, Path(self._folder.name))
        return self._child

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _ChildFailed(Exception):
    """The child broke on the file; the message is the note for the user."""


class _Child:
    """One child process and the pipes to it. It leads a process group of its own, which is ended as a whole."""

    def __init__(self, timeout: float, memory: int, folder: Path) -> None:
        self.requests = 0
        self._is_worn = False
        self._timeout = timeout
        self._deadline = 0.0
        command = [sys.executable, "-B", "-X", "utf8", "-m", "diarium.files.extraction.child"]
        options = {"--memory-bytes": memory, "--seconds-per-file": timeout, "--work-folder": folder}
        command += [f"{option}={value}" for option, value in options.items()]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, and no part of it comes from outside
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env=_ENVIRONMENT, cwd=_PACKAGE_ROOT, start_new_session=True, close_fds=True,
        )  # fmt: skip
        self._deadline = time.monotonic() + _START_SECONDS
        try:
            self.answer()
        except _ChildFailed as failure:
            self.end()
            raise SandboxUnavailable(f"the extraction child does not start: {command}") from failure

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def is_spent(self) -> bool:
        """Whether it has ended meanwhile, or holds so much memory that the next file would suffer for it."""
        return self._is_worn or self._process.poll() is not None

    def request(self, content: dict[str, object]) -> None:
        """Sends a request; the time for its answers starts. Raises: _ChildFailed."""
        self.requests += 1
        self._deadline = time.monotonic() + self._timeout
        try:
            _open_pipe(self._process.stdin).write(encode_frame(content))
        except BrokenPipeError as error:
            raise self._failure() from error

    def answer(self) -> dict[str, object]:
        """The next frame. Raises: _ChildFailed if the child ends, dawdles or speaks nonsense."""
        try:
            return decode_frame(self._frame(MAX_FRAME_BYTES))
        except ValueError as error:
            raise _ChildFailed(_crash_note()) from error

    def contents(self, count: int) -> list[bytes]:
        """The bytes in the next `count` frames. Raises: _ChildFailed as `answer`."""
        left = _MAX_CONTENTS_BYTES
        contents = []
        for _number in range(count):
            contents.append(self._frame(left))
            left -= len(contents[-1])
        return contents

    def finish(self) -> None:
        """Takes the last frame, which tells whether the child can go on. Raises: _ChildFailed as `answer`."""
        self._is_worn = self.answer().get("retire") is not False

    def _frame(self, limit: int) -> bytes:
        length: int = LENGTH.unpack(self._read(LENGTH.size))[0]
        if length > limit:
            raise _ChildFailed(_crash_note())
        return self._read(length)

    def end(self) -> None:
        """Ends the child and all that it may have started."""
        for pipe in (self._process.stdin, self._process.stdout):
            _open_pipe(pipe).close()
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _read(self, count: int) -> bytes:
        descriptor = _open_pipe(self._process.stdout).fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        parts = bytearray()
        while len(parts) < count:
            left = self._deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise _ChildFailed(_("Texten kunde inte läsas: det tog för lång tid."))
            chunk = os.read(descriptor, min(_PIPE_BYTES, count - len(parts)))
            if not chunk:
                raise self._failure()
            parts += chunk
        return bytes(parts)

    def _failure(self) -> _ChildFailed:
        try:
            code = self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        if code == OUT_OF_MEMORY:
            return _ChildFailed(_("Texten kunde inte läsas: filen kräver för mycket minne."))
        return _ChildFailed(_crash_note())


def _open_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise SandboxUnavailable("the child was started without pipes")
    return pipe


def _crash_note() -> str:
    return _("Texten kunde inte läsas: filen är skadad eller kräver för mycket minne.")


def _section(frame: dict[str, object], name: str, path: Path) -> dict[str, object]:
    if "error" in frame:
        raise SandboxUnavailable(f"the extraction child can't open {path}: {frame['error']}")
    content = frame.get(name)
    if not isinstance(content, dict):
        raise _ChildFailed(_crash_note())
    return content
