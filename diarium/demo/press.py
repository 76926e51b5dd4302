"""Renders the demonstration's files and puts them into the store, beside the process that registers."""

from __future__ import annotations

import io
import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager

from diarium.demo.content import render_file
from diarium.demo.content.model import DemoCase, DemoFile
from diarium.files.store import BlobStore, StoredBlob

WORTH_PROCESSES = 200
"""From so many cases on, starting processes pays."""

MAX_FILE_BYTES = 50 * 1024 * 1024
_AHEAD = 100  # cases whose files are being made while earlier ones are registered

Printed = Iterator[StoredBlob]


@contextmanager
def open_press(store: BlobStore, cases: int) -> Iterator[Press]:
    """A press for the block, with as many processes as `cases` cases are worth."""
    if cases < WORTH_PROCESSES:
        yield Press(store, None)
        return
    # spawn: this process may hold database connections and threads, which a fork would copy.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, initializer=_set_up, initargs=(store,)) as pool:
        yield Press(store, pool)


class Press:
    """Makes the files of cases in the order in which they come."""

    def __init__(self, store: BlobStore, pool: Executor | None) -> None:
        self._store = store
        self._pool = pool

    def run(self, cases: Iterable[DemoCase]) -> Iterator[tuple[DemoCase, Printed]]:
        """Each case with the contents of its files, record by record, as they lie in the store."""
        waiting: deque[tuple[DemoCase, list[Future[StoredBlob]]]] = deque()
        for case in cases:
            waiting.append((case, [self._order(file) for record in case.records for file in record.files]))
            if self._pool is None or len(waiting) > _AHEAD:
                yield _finished(waiting.popleft())
        while waiting:
            yield _finished(waiting.popleft())

    def _order(self, file: DemoFile) -> Future[StoredBlob]:
        if self._pool is not None:
            return self._pool.submit(_print_in_child, file)
        done: Future[StoredBlob] = Future()
        done.set_result(_print(self._store, file))
        return done


def _finished(order: tuple[DemoCase, list[Future[StoredBlob]]]) -> tuple[DemoCase, Printed]:
    case, files = order
    return case, (file.result() for file in files)


def _print(store: BlobStore, file: DemoFile) -> StoredBlob:
    return store.put_stream(io.BytesIO(render_file(file)), max_bytes=MAX_FILE_BYTES)


_store_of_child: list[BlobStore] = []


def _set_up(store: BlobStore) -> None:
    _store_of_child[:] = [store]


def _print_in_child(file: DemoFile) -> StoredBlob:
    return _print(_store_of_child[0], file)
