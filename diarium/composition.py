"""The one place where the house is put together: settings in, services out. No web framework here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property

from diarium.archive.exporting import ExportConsumer
from diarium.changes.worker import Consumer, Worker
from diarium.db import migrate
from diarium.db.engine import Database, open_database
from diarium.errors import DomainError
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.public.database import open_public_database
from diarium.public.projector import Projector
from diarium.public.service import PublicRegister
from diarium.register.examination import FileExaminer
from diarium.search.indexer import SearchIndexer
from diarium.search.port import SearchIndex
from diarium.search.whoosh_engine import WhooshIndex
from diarium.settings import Settings


class NotPrepared(DomainError):
    """The data folder has no register yet, or one of another version."""


@dataclass(frozen=True)
class Diarium:
    """The services of one process. What is not used is not opened."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        """The register."""
        return open_database(self.settings.database_url)

    @cached_property
    def blobs(self) -> LocalBlobStore:
        """The bytes of the register's files."""
        return LocalBlobStore(self.settings.blob_folder)

    @cached_property
    def index(self) -> SearchIndex:
        """The internal index."""
        return WhooshIndex(self.settings.internal_index_folder)

    def prepare(self) -> None:
        """Makes the folders and brings the database to this version's form."""
        self.settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.settings.export_folder.mkdir(parents=True, exist_ok=True)
        migrate.upgrade(self.database)
        self.projector.ensure()

    def require_prepared(self) -> None:
        """Raises: NotPrepared with what to run."""
        if not migrate.is_current(self.database):
            raise NotPrepared(_("Databasen är inte förberedd för den här versionen. Kör: diarium prepare"))

    @cached_property
    def public_index(self) -> SearchIndex:
        """The index of what the public may see."""
        return WhooshIndex(self.settings.public_index_folder)

    @cached_property
    def released(self) -> LocalBlobStore:
        """The public side's own copies of released files."""
        return LocalBlobStore(self.settings.public_blob_folder)

    @cached_property
    def projector(self) -> Projector:
        """The writer of the public projection."""
        target = open_public_database(self.settings.public_database_url)
        return Projector(self.database, target, self.blobs, self.released, self.public_index)

    @cached_property
    def public(self) -> PublicRegister:
        """The open register, for reading only: its own tables, index and files."""
        source = open_public_database(self.settings.public_database_url, read_only=True)
        return PublicRegister(source, self.public_index, self.released)

    def close(self) -> None:
        """Gives back every connection and file that was opened."""
        opened = vars(self)
        for name in ("projector", "public", "public_index", "index", "database"):
            if name in opened:
                opened[name].close()

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker with every consumer, in the order in which they feed each other."""
        with ExitStack() as stack:
            sandbox = stack.enter_context(ExtractionSandbox())
            consumers: list[Consumer] = [
                FileExaminer(self.database, self.blobs, sandbox),
                SearchIndexer(self.database, self.index),
                self.projector,
                ExportConsumer(self.database, self.blobs, self.settings.export_folder),
            ]
            yield Worker(self.database, consumers)
