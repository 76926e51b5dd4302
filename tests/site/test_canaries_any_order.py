"""Whatever staff do, in whatever order: the public sees what the rules let through, and not a word more.

The rules are written here once more, by themselves, as a lawyer would say them. After each step everything on the
public side is compared with them: what must not be seen is in no byte, what may be seen is found.

DIARIUM_EXHAUSTIVE=1 tries many more and longer histories.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.revision import fingerprint
from diarium.changes import feed
from diarium.classification.models import Classification, PublishingRule
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
from diarium.public.errors import NotInOpenRegister
from diarium.register import closing, correction, moving, publishing, publishing_delays, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.models import Authority, Case, DisposalDepth, Document, Party, Record
from diarium.register.vocabulary import PartyKind, PartyRole
from diarium.secrecy.models import Restriction, Scope
from tests import patterns
from tests.conftest import Municipality
from tests.public.open_register import OpenRegister
from tests.site import canary_rules as expected
from tests.site.canaries import Canaries
from tests.site.canary_disposals import Disposals
from tests.site.canary_rules import KnownCase, KnownFile, KnownRecord, Thing

IS_EXHAUSTIVE = bool(os.environ.get("DIARIUM_EXHAUSTIVE"))
pytestmark = pytest.mark.timeout(4 * 3600 if IS_EXHAUSTIVE else 300)
MOST_CASES, MOST_RECORDS = 4, 7


class OpenRegisterInAnyOrder(RuleBasedStateMachine):
    """One municipality with its open register, and a model of what may be seen of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="diarium-canaries-")
        path = Path(self.folder.name)
        url = f"sqlite:///{path / 'register.sqlite'}"
        patterns.town(url)
        self.database = open_database(url)
        self.town = Municipality(self.database, LocalBlobStore(path / "files"))
        self.who = self.town.registrar
        self.open = OpenRegister(self.town, path / "public")
        self.words = Canaries()
        self.archive = Disposals(self.town, path)
        self.gone: set[str] = set()
        self.cases: list[KnownCase] = []
        self.delay = 0
        self.days = 0
        self.rules = {"1.1": PublishingRule.METADATA_AND_FILES, "2.1": PublishingRule.METADATA}

    def teardown(self) -> None:
        self.open.close()
        self.archive.close()
        self.database.close()
        self.folder.cleanup()

    @initialize()
    def first_cases(self) -> None:
        for code in ("1.1", "2.1"):
            self.open_case(code)

    @precondition(lambda self: len(self.cases) < MOST_CASES)
    @rule(code=st.sampled_from(("1.1", "2.1")))
    def open_case(self, code: str) -> None:
        with self.database.unit_of_work() as session:
            case = self.town.case(
                session,
                classification=code,
                title=self.words.allowed(),
                note=self.words.plant("note"),
                parties=self.parties(),
            )
            words = self.words_of(case.title, case.parties)
            self.cases.append(KnownCase(case.id, *words, class_code=code))
        self.register_in(self.cases[-1], released=True)

    @precondition(lambda self: self.open_cases() and self.record_count() < MOST_RECORDS)
    @rule(which=st.integers(0, 99), released=st.booleans())
    def register(self, which: int, *, released: bool) -> None:
        self.register_in(self.open_cases()[which % len(self.open_cases())], released=released)

    def register_in(self, of: KnownCase, *, released: bool) -> None:
        with self.database.unit_of_work() as session:
            texts = [self.words.allowed(), self.words.allowed()]
            files = tuple(
                DocumentFacts(
                    self.town.store(session, text.encode(), text=text),
                    f"{self.words.plant('file name')}.txt",
                    is_released=released,
                )
                for text in texts
            )
            record = self.town.record(
                session,
                session.get_one(Case, of.key),
                title=self.words.allowed(),
                note=self.words.plant("note"),
                parties=self.parties(),
                documents=files,
            )
            words = self.words_of(record.title, record.parties)
            known = KnownRecord(record.id, *words, case=of)
            known.files = [
                KnownFile(document.id, text, released)
                for document, text in zip(record.documents, texts, strict=True)
            ]
            of.records.append(known)

    @rule(which=st.integers(0, 99), scope=st.sampled_from(Scope))
    def mark(self, which: int, scope: Scope) -> None:
        thing = self.some(which)
        with self.database.unit_of_work() as session:
            facts = RestrictionFacts("26:1", scope, note=self.words.plant("note of a mark"))
            made = secrecy_marks.mark(session, self.who, self.target(session, thing), facts)
            thing.marks[str(made.uid)] = scope

    @rule(which=st.integers(0, 99), file=st.integers(0, 1))
    def mark_file(self, which: int, file: int) -> None:
        record = self.some_record(which)
        if record is None:
            return
        known = record.files[file]
        with self.database.unit_of_work() as session:
            document = session.get_one(Document, known.key)
            facts = RestrictionFacts("26:1", Scope.FILES, document=document.uid)
            made = secrecy_marks.mark(session, self.who, document.record, facts)
            known.marks.add(str(made.uid))

    @rule(which=st.integers(0, 99))
    def lift(self, which: int) -> None:
        with self.database.unit_of_work() as session:
            query = select(Restriction).where(Restriction.lifted_at.is_(None)).order_by(Restriction.id)
            standing = session.scalars(query).all()
            if not standing:
                return
            found = standing[which % len(standing)]
            target = (
                session.get_one(Case, found.case_id) if found.case_id else session.get_one(Record, found.record_id)
            )
            reason = self.words.plant("reason of lifting")
            secrecy_marks.lift(session, self.who, target, found.uid, reason)
            uid = str(found.uid)
        for thing in self.things():
            thing.marks.pop(uid, None)
        for record in self.records():
            for known in record.files:
                known.marks.discard(uid)

    @rule(which=st.integers(0, 99))
    def correct_title(self, which: int) -> None:
        thing = self.some(which)
        with self.database.unit_of_work() as session:
            target, word = self.target(session, thing), self.words.allowed()
            reason = self.words.plant("reason of correcting")
            if isinstance(target, Case):
                by_case = CaseCorrection(title=word)
                correction.correct_case(session, self.who, target, by_case, reason, version=target.version)
            else:
                by_record = RecordCorrection(title=word)
                correction.correct_record(session, self.who, target, by_record, reason, version=target.version)
        self.words.forbid(thing.title, "former title")
        thing.title = word

    @rule(which=st.integers(0, 99))
    def correct_company(self, which: int) -> None:
        thing = self.some(which)
        word = self.words.allowed()
        self.change_party(thing, PartyKind.ORGANISATION, PartyFacts(word, PartyKind.ORGANISATION))
        self.words.forbid(thing.company, "former party")
        thing.company = word

    @rule(which=st.integers(0, 99))
    def protect(self, which: int) -> None:
        """The private person turns out to have protected identity."""
        thing = self.some(which)
        facts = PartyFacts(thing.person, PartyKind.PERSON, is_protected=True)
        self.change_party(thing, PartyKind.PERSON, facts)
        thing.has_protected = True

    @rule(which=st.integers(0, 99))
    def withdraw_or_publish_again(self, which: int) -> None:
        thing = self.some(which)
        self.turn(thing, lambda session: self.target(session, thing))

    @rule(which=st.integers(0, 99), file=st.integers(0, 1))
    def withdraw_or_publish_file_again(self, which: int, file: int) -> None:
        record = self.some_record(which)
        if record is not None:
            known = record.files[file]
            self.turn(known, lambda session: session.get_one(Document, known.key))

    @rule(which=st.integers(0, 99), file=st.integers(0, 1))
    def release_or_take_back(self, which: int, file: int) -> None:
        record = self.some_record(which)
        if record is None:
            return
        known = record.files[file]
        known.is_released = not known.is_released
        with self.database.unit_of_work() as session:
            document = session.get_one(Document, known.key)
            correction.release_document(session, self.who, document, released=known.is_released)

    @precondition(lambda self: len(self.open_cases()) > 1)
    @rule(which=st.integers(0, 99), to=st.integers(0, 99))
    def move(self, which: int, to: int) -> None:
        record = self.some_record(which)
        if record is None or record.case is None:
            return
        source = record.case
        targets = [case for case in self.open_cases() if case is not source]
        if not targets or source.is_cancelled:
            return
        target = targets[to % len(targets)]
        with self.database.unit_of_work() as session:
            number = session.get_one(Case, target.key).number_text
            moved = moving.move_record(
                session,
                self.who,
                session.get_one(Record, record.key),
                number,
                self.words.plant("reason of moving"),
            )
            new = KnownRecord(moved.id, record.title, record.company, record.person, case=target)
            new.marks = {str(mark.uid): mark.scope for mark in moved.restrictions if mark.document_id is None}
            new.is_withdrawn = record.is_withdrawn or source.is_withdrawn
            new.has_protected = record.has_protected
            new.files, record.files = record.files, []
            by_key = {known.key: known for known in new.files}
            for mark in moved.restrictions:
                if mark.document_id is not None:
                    by_key[mark.document_id].marks.add(str(mark.uid))
            for document in moved.documents:
                by_key[document.id].is_released = document.is_released
        record.is_cancelled, record.became = True, new
        target.records.append(new)

    @rule(which=st.integers(0, 99))
    def cancel_record(self, which: int) -> None:
        record = self.some_record(which)
        if record is None:
            return
        with self.database.unit_of_work() as session:
            reason = self.words.plant("reason of cancelling")
            closing.cancel_record(session, self.who, session.get_one(Record, record.key), reason)
        record.is_cancelled = True

    @rule(which=st.integers(0, 99))
    def close_or_open_again(self, which: int) -> None:
        case = self.living_cases()[which % len(self.living_cases())]
        if case.is_cancelled or all(record.is_cancelled for record in case.records):
            return  # what holds nothing is not closed
        with self.database.unit_of_work() as session:
            target = session.get_one(Case, case.key)
            if case.is_closed:
                closing.reopen(session, self.who, target, self.words.plant("reason of opening"))
            else:
                closing.close(session, self.who, target, reason=self.words.plant("reason of closing"))
        case.is_closed = not case.is_closed

    @precondition(lambda self: len(self.cases) == MOST_CASES)
    @rule()
    def cancel_case(self) -> None:
        case = self.living_cases()[0]
        if case.is_cancelled or case.is_closed:
            return
        with self.database.unit_of_work() as session:
            target = session.get_one(Case, case.key)
            closing.cancel_case(session, self.who, target, self.words.plant("reason of cancelling"))
        case.is_cancelled = True

    @precondition(lambda self: len(self.living_cases()) > 1)
    @rule(which=st.integers(0, 99), depth=st.sampled_from(DisposalDepth))
    def dispose(self, which: int, depth: DisposalDepth) -> None:
        """By a proposal and a decision, as an archivist does it: of what was closed long ago."""
        case = self.living_cases()[which % len(self.living_cases())]
        if not case.is_closed:
            self.close_or_open_again(which)
        if not case.is_closed:
            return  # what is cancelled, or holds nothing, is not disposed of
        files = [known for record in case.records for known in record.files]
        self.archive.dispose(case.key, depth)
        if depth is DisposalDepth.EVERYTHING:
            case.is_disposed = True
            here = [case, *(record for record in case.records if record.became is None)]
            self.gone |= {word for thing in here for word in (thing.title, thing.company, thing.person)}
        else:
            case.has_no_files = True
        self.gone |= {known.word for known in files}
        for record in case.records:
            record.files = []

    @rule(code=st.sampled_from(("1.1", "2.1")), wanted=st.sampled_from(PublishingRule))
    def change_class_rule(self, code: str, wanted: PublishingRule) -> None:
        with self.database.unit_of_work() as session:
            item = session.scalars(select(Classification).where(Classification.code == code)).one()
            item.publishing = wanted
            feed.publish(session, "classification", item.uid, "classification.changed")
        self.rules[code] = wanted

    @rule(days=st.integers(0, 2))
    def change_delay(self, days: int) -> None:
        with self.database.unit_of_work() as session:
            owner = session.scalars(select(Authority).where(Authority.code == "KS")).one()
            seen = fingerprint(publishing_delays.facts_of_authority(owner))
            publishing_delays.set_for_authority(session, self.town.administrator, "KS", days, seen=seen)
        self.delay = days

    @rule()
    def day_passes(self) -> None:
        self.open.next_workday()
        self.days += 1

    @invariant()
    def public_sees_what_the_rules_say(self) -> None:
        self.open.catch_up()
        visible = set(expected.visible(self.cases, self.rules, is_waiting=self.delay > self.days))
        hidden = set(self.all_words()) - visible | set(self.words.secret)
        for where, content in self.kept():
            folded = content.lower()
            for word in hidden:
                assert word.encode() not in folded, (word, self.words.secret.get(word, "hidden"), where)
        for word in visible:
            assert self.open.found(word) != [], word
        for where, content in self.archive.kept():
            for word in self.gone:
                assert word.encode() not in content, (word, "disposed of", where)

    def all_words(self) -> Iterator[str]:
        for thing in self.things():
            yield from (thing.title, thing.company, thing.person)
        for record in self.records():
            yield from (known.word for known in record.files)
        yield from self.gone

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Every byte of the public side, and what its readers are given."""
        for path in sorted(self.open.folder.rglob("*")):
            if path.is_file():
                yield path.name, path.read_bytes() + path.name.encode()
        with self.database.reading() as session:
            cases = session.scalars(select(Case)).all()
        for case in cases:
            try:
                sheet = self.open.reader.case("KS", case.year, case.number)
            except NotInOpenRegister:
                continue
            shown = [vars(sheet.case), *(vars(record) for record in sheet.records)]
            yield case.number_text, str(shown).encode()

    def parties(self) -> tuple[PartyFacts, ...]:
        company = PartyFacts(
            self.words.allowed(), PartyKind.ORGANISATION, email=f"{self.words.plant('e-mail')}@ex.se"
        )
        person = PartyFacts(
            self.words.plant("person"), PartyKind.PERSON, PartyRole.PARTY, address=self.words.plant("address")
        )
        return company, person

    @staticmethod
    def words_of(title: str, parties: list[Party]) -> tuple[str, str, str]:
        by_kind = {party.kind: party.name for party in parties}
        return title, by_kind[PartyKind.ORGANISATION], by_kind[PartyKind.PERSON]

    def things(self) -> list[Thing]:
        return [*self.cases, *self.records()]

    def records(self) -> list[KnownRecord]:
        return [record for case in self.cases for record in case.records]

    def record_count(self) -> int:
        return len(self.records())

    def open_cases(self) -> list[KnownCase]:
        return [case for case in self.living_cases() if not case.is_closed and not case.is_cancelled]

    def living_cases(self) -> list[KnownCase]:
        """Those of which nothing is disposed."""
        return [case for case in self.cases if not case.is_disposed and not case.has_no_files]

    def some(self, which: int) -> Thing:
        """A case, or a record that counts."""
        cases = self.living_cases()
        records = [record for case in cases for record in case.records if not record.is_cancelled]
        living = [*cases, *records]
        return living[which % len(living)]

    def some_record(self, which: int) -> KnownRecord | None:
        living = [record for case in self.living_cases() for record in case.records if not record.is_cancelled]
        return living[which % len(living)] if living else None

    def target(self, session: Session, thing: Thing) -> Case | Record:
        kind = Case if isinstance(thing, KnownCase) else Record
        return session.get_one(kind, thing.key)

    def turn(self, thing: Thing | KnownFile, find: Callable[[Session], publishing.Target]) -> None:
        act = publishing.publish_again if thing.is_withdrawn else publishing.withdraw
        with self.database.unit_of_work() as session:
            act(session, self.who, find(session), self.words.plant("reason of withdrawing"))
        thing.is_withdrawn = not thing.is_withdrawn

    def change_party(self, thing: Thing, kind: PartyKind, facts: PartyFacts) -> None:
        with self.database.unit_of_work() as session:
            owner = self.target(session, thing)
            party = next(item for item in owner.parties if item.kind is kind)
            reason = self.words.plant("reason of correcting")
            correction.correct_party(session, self.who, party.uid, facts, reason, version=owner.version)


TestOpenRegisterInAnyOrder = OpenRegisterInAnyOrder.TestCase
TestOpenRegisterInAnyOrder.settings = settings(
    max_examples=150 if IS_EXHAUSTIVE else 6,
    stateful_step_count=40 if IS_EXHAUSTIVE else 14,
    deadline=None,
    derandomize=not IS_EXHAUSTIVE,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate, Phase.shrink) if IS_EXHAUSTIVE else (Phase.explicit, Phase.generate),
)
