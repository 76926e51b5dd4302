"""A municipality with its open register, for tests of the projection and of the site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from diarium.changes.worker import Chore, Worker
from diarium.db.engine import Database
from diarium.files.store import LocalBlobStore
from diarium.i18n import today
from diarium.public.database import open_public_database
from diarium.public.due import PublishingChore
from diarium.public.projector import Projector
from diarium.public.search import Answer, Question
from diarium.public.service import PublicRegister
from diarium.register.commands import PartyFacts
from diarium.register.spreading import CaseSpreader
from diarium.register.vocabulary import PartyKind, PartyRole
from diarium.search.whoosh_engine import WhooshIndex
from diarium.workdays import next_workday
from tests.conftest import Municipality

PERSON = PartyFacts("Anna Svensson", PartyKind.PERSON)
COMPANY = PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION)


def party(
    name: str, kind: PartyKind = PartyKind.PERSON, role: PartyRole = PartyRole.SENDER, **facts: object
) -> PartyFacts:
    """A party in one line."""
    return PartyFacts(name, kind, role, **facts)  # type: ignore[arg-type]


class OpenRegister:
    """The register, the projector, and the open register as its readers see it."""

    def __init__(self, municipality: Municipality, folder: Path) -> None:
        self.municipality = municipality
        self.folder = folder
        register = municipality.database
        self.url = (
            register.engine.url.render_as_string(hide_password=False)
            if register.is_postgresql
            else f"sqlite:///{folder / 'public.sqlite'}"
        )
        self.public = open_public_database(self.url)
        self.index = WhooshIndex(folder / "index")
        self.released = LocalBlobStore(folder / "released")
        self.day = today()
        self.projector = Projector(
            register, self.public, municipality.blobs, self.released, self.index, day=lambda: self.day
        )
        self.chore = PublishingChore(register, self.public, day=lambda: self.day)
        self.projector.ensure()
        self.reader = PublicRegister(self.public, self.index, self.released)

    def catch_up(self) -> None:
        """Lets the worker handle what waits."""
        self._worker().drain()

    def next_workday(self) -> None:
        """Lets a working day pass, with what the worker does of itself then."""
        self.day = next_workday(self.day)
        self._worker(self.chore).drain()

    def _worker(self, *chores: Chore) -> Worker:
        database = self.municipality.database
        return Worker(database, [CaseSpreader(database), self.projector], chores)

    def search(self, text: str, **facts: object) -> Answer:
        """Asks the public search."""
        return self.reader.search(Question(text=text, **facts))  # type: ignore[arg-type]

    def found(self, text: str) -> list[str]:
        """The numbers that the public search finds."""
        return [(hit.record or hit.case).number_text for hit in self.search(text).found]

    def close(self) -> None:
        """Gives files back."""
        self.index.close()
        self.public.close()


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """The statements that the block sends to `database`."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


TODAY = today()
