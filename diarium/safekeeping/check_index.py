"""The full-text indexes against what they are made from."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.public import indexing
from diarium.public import projector as public_projector
from diarium.safekeeping import moving
from diarium.safekeeping.findings import Finding, Repair, Severity
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.progress import Progress
from diarium.search import indexer
from diarium.search.analysis import normalise
from diarium.search.document_terms import MAX_INDEXED, MAX_STORED
from diarium.search.errors import SearchError
from diarium.search.folder_index import FolderIndex
from diarium.search.hits import Kept
from diarium.search.port import IndexDocument, SearchRequest


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two indexes. `prefix` of its findings' ids."""

    prefix: str
    consumer: str
    repair: Repair
    mend: str


_INTERNAL = _Kind(
    "index", indexer.CONSUMER, Repair.INDEX, _("diarium fsck --repair, eller diarium search rebuild")
)
_PUBLIC = _Kind(
    "public_index",
    public_projector.CONSUMER,
    Repair.PUBLIC_INDEX,
    _("diarium fsck --repair, eller diarium search rebuild --public"),
)


def internal(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """The index of the whole register."""
    begun = moving.mark(installation.database, _INTERNAL.consumer)
    found = _compare(_INTERNAL, installation.index, lambda: indexer.everything(installation.database), progress)
    yield from _without_moving(found, installation, begun)


def public(installation: Installation, progress: Progress) -> Iterator[Finding]:
    """The index of the open register, which is made from its tables alone."""
    begun = moving.mark(installation.database, _PUBLIC.consumer)
    tables = installation.projector.tables
    found = _compare(_PUBLIC, installation.public_index, lambda: indexing.everything(tables), progress)
    yield from _without_moving(found, installation, begun)


def _without_moving(
    found: Iterable[tuple[Finding, frozenset[uuid.UUID]]], installation: Installation, begun: moving.Mark
) -> Iterator[Finding]:
    suspected = list(found)
    if not suspected:
        return
    now_moving = moving.since(installation.database, begun)
    for finding, uids in suspected:
        about_all = not uids and bool(now_moving.uids or now_moving.is_everything)
        if not about_all and not any(uid in now_moving for uid in uids):
            yield finding


def _compare(
    kind: _Kind, index: FolderIndex, everything: Callable[[], Iterator[IndexDocument]], progress: Progress
) -> Iterator[tuple[Finding, frozenset[uuid.UUID]]]:
    try:
        kept = {entry.key: (_of_kept(entry), entry.case_key) for entry in index.everything()}
        readers: Counter[str] = Counter()
        for done, document in enumerate(everything(), 1):
            progress(kind.prefix, done, None)
            readers.update(document.readers)
            entry = kept.pop(document.key, None)
            uids = _uids(document.key, document.case_key)
            if entry is None:
                yield _finding(kind, "missing", document.key, _("Posten saknas i sökindexet.")), uids
            elif entry[0] != _of_document(document):
                yield _finding(kind, "stale", document.key, _("Posten i sökindexet är inte som registret.")), uids
        for key, (_digest, case_key) in kept.items():
            what = _("Sökindexet har en post som inte ska finnas.")
            yield _finding(kind, "extra", key, what), _uids(key, case_key)
        for reader, count in sorted(readers.items()):
            asked = SearchRequest("", readers=frozenset({reader}), page_size=1, facets=False)
            total = index.search(asked).total
            if total != count:
                what = _("%(found)s poster kan hittas, men det ska vara %(count)s.", found=total, count=count)
                yield _finding(kind, "readers", reader, what), frozenset()
    except SearchError as error:
        yield _finding(kind, "unreadable", str(index.folder), error.message), frozenset()


def _finding(kind: _Kind, what: str, place: str, message: str) -> Finding:
    return Finding(f"{kind.prefix}.{what}", Severity.ERROR, place, message, kind.mend, kind.repair, place)


def _uids(*keys: str) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(key.partition(":")[2]) for key in keys)


def _of_kept(kept: Kept) -> bytes:
    return _digest_of(
        kept.case_key, kept.kind, kept.number, kept.title, kept.body, kept.date, kept.authority, kept.year,
        kept.record_type, kept.direction, kept.status, kept.classification, kept.officer, kept.version,
    )  # fmt: skip


def _of_document(document: IndexDocument) -> bytes:
    body = normalise(document.body[:MAX_INDEXED])[:MAX_STORED]
    return _digest_of(
        document.case_key, document.kind, document.number, normalise(document.title), body, document.date,
        document.authority, document.year, document.record_type, document.direction, document.status,
        document.classification, normalise(document.officer), document.version,
    )  # fmt: skip


def _digest_of(*facts: object) -> bytes:
    text = "\x1f".join(str(fact) for fact in facts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
