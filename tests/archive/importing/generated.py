"""Registers of any content that a register can have: the cases of a package, consistent with each other.

Made from a number, not drawn value by value: a whole register is more than hypothesis draws in one example.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diarium import texts
from diarium.archive import package_model as model
from diarium.classification.models import PublishingRule, Retention
from diarium.correspondence.vocabulary import LetterKind, Means, MessageState, RecipientState
from diarium.files.names import safe_file_name
from diarium.files.store import LocalBlobStore
from diarium.identity.permissions import Role
from diarium.register import vocabulary as words
from diarium.register.models import DisposalDepth
from diarium.secrecy.models import Scope
from diarium.secrecy.work_models import Occasion, Outcome

ODD = ("& <b> ]]>", "åäö ÉÜ", "”citat” 'fnutt' \"dito\"", "😀", "-", "true", "2024-01-01", "%20 + ?#", "a\\b/c")
CONTENTS = (b"one", b"two & three", "åäö".encode(), b"%PDF-1.4")
PROVISIONS = (("OSL 26 kap. 1 §", "Socialtjänst", "70"), ("OSL 21 kap. 3a §", "Folkbokföring & skydd", ""))
NUMBERS = {
    words.PartyKind.PERSON: (None, "191212121212"),
    words.PartyKind.ORGANISATION: (None, "556016-0680"),
    words.PartyKind.AUTHORITY: (None, "212000-1439"),
}
SENT = [state for state in MessageState if state not in (MessageState.QUEUED, MessageState.SENDING)]


@dataclass(frozen=True)
class GeneratedRegister:
    """A package's head and cases."""

    info: model.PackageInfo
    cases: tuple[model.PackageCase, ...]


LETTERS = "abc ÅÄÖåäö&<>'\"€😀漢\u200d0123456789.,-–%#"
LINES = ("Första raden\n  indragen & rad två\n\nslut", "\tflik", "slutar med radbyte\n")


ENUMS = {
    name: getattr(words, name)
    for name in ("CaseStatus", "Initiative", "Direction", "Medium", "PartyRole", "DeadlineKind", "DeadlineState")
} | {
    "DecisionKind": words.DecisionKind,
    "DecisionState": words.DecisionState,
    "RecordStatus": words.RecordStatus,
    "PublishingRule": PublishingRule,
    "Retention": Retention,
    "LetterKind": LetterKind,
    "Means": Means,
    "RecipientState": RecipientState,
    "Scope": Scope,
    "Occasion": Occasion,
    "Outcome": Outcome,
    "Role": Role,
    "DisposalDepth": DisposalDepth,
}


class Maker:
    """Makes one value after the other, from a number."""

    def __init__(self, seed: int, store: LocalBlobStore) -> None:
        self.random = random.Random(seed)
        self._by_type: dict[str, Callable[[], Any]] = {
            "str": self.line,
            "int": self.number,
            "dt.date": self.day,
            "dt.datetime": self.moment,
            "uuid.UUID": self.uid,
            "bool": lambda: self.random.random() < 0.5,
        }
        self.users = [None, *(self.of(model.PackageUser, username=f"user{n}", email=None) for n in range(2))]
        names = sorted({f"Enhet {n}" for n in range(2)})
        self.units = [self.of(model.PackageUnit, name=name) for name in names]
        self.scheme = self._scheme()
        self.blobs = {content: store.put_bytes(content) for content in CONTENTS}
        self.letters = 0

    def of(self, thing: type, **given: Any) -> Any:
        """A value of a dataclass of the package model: what is not given is drawn by its type."""
        drawn = {}
        for field in dataclasses.fields(thing):
            kind = str(field.type)
            if field.name in given:
                drawn[field.name] = given[field.name]
            elif kind.removesuffix(" | None") in self._by_type:
                make = self._by_type[kind.removesuffix(" | None")]
                is_left_out = kind.endswith("None") and self.random.random() < 0.3
                drawn[field.name] = None if is_left_out else make()
            elif kind == "PackageUser | None":
                drawn[field.name] = self.one(self.users)
            elif kind in ENUMS:
                drawn[field.name] = self.one(list(ENUMS[kind]))
            elif field.default is dataclasses.MISSING:
                raise LookupError(f"{thing.__name__}.{field.name}: {kind}")
        return thing(**drawn)

    def one(self, items: Sequence[Any]) -> Any:
        """One of them."""
        return self.random.choice(items)

    def line(self) -> str:
        """A text in one line, as the register keeps it."""
        if self.random.random() < 0.3:
            return str(self.one(ODD))
        letters = "".join(self.random.choices(LETTERS, k=self.random.randint(1, 30)))
        return " ".join(texts.clean(letters).split()) or "x"

    def lines(self) -> str | None:
        """A text of several lines, or nothing."""
        return self.one([None, self.line(), *LINES])  # type: ignore[no-any-return]

    def number(self) -> int:
        return self.random.randint(1, 1000)

    def day(self) -> dt.date:
        return dt.date(1700, 1, 1) + dt.timedelta(days=self.random.randint(0, 118_000))

    def moment(self) -> dt.datetime:
        start = dt.datetime(1950, 1, 1, tzinfo=dt.UTC)
        return start + dt.timedelta(seconds=self.random.randint(0, 10**9), microseconds=self.one([0, 1, 123456]))

    def uid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def few(self, make: Any, most: int = 2) -> tuple[Any, ...]:
        """None, one or some of what `make` makes."""
        return tuple(make() for _ in range(self.random.randint(0, most)))

    def party(self) -> model.PackageParty:
        kind = self.one(list(words.PartyKind))
        return self.of(model.PackageParty, kind=kind, identity_number=self.one(NUMBERS[kind]))  # type: ignore[no-any-return]

    def mark(self, files: Sequence[model.PackageDocument] = ()) -> model.PackageRestriction:
        """A marking; one of a single file covers the files."""
        citation, subject, years = self.one(PROVISIONS)
        file = self.one([None, *files])
        scope = {"scope": Scope.FILES} if file else {}
        document = file.uid if file else None
        return self.of(  # type: ignore[no-any-return]
            model.PackageRestriction,
            document_uid=document,
            citation=citation,
            subject=subject,
            max_years=years,
            authority_code=self.one(["KS", "SN"]),
            note=(self.lines() or "").strip() or None,  # ERMS has it in one text with what the marking covers
            reviews=self.few(lambda: self.of(model.PackageReview, document_uid=document)),
            **scope,
        )

    def withdrawal(self) -> model.PackageWithdrawal:
        return self.of(model.PackageWithdrawal)  # type: ignore[no-any-return]

    def file(self, content: bytes, **given: Any) -> model.PackageDocument:
        """A file; what is known of a content is the same wherever it is."""
        blob = self.blobs[content]
        known = hashlib.sha256(content).digest()[0] % 2 == 0
        return self.of(  # type: ignore[no-any-return]
            model.PackageDocument,
            sha256=blob.sha256,
            size=blob.size,
            stored_at=dt.datetime(2020, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC),
            mime="text/plain" if known else None,
            puid="x-fmt/111" if known else None,
            format_name="Plain & text" if known else None,
            format_version="1" if known else None,
            warnings=("Ändelsen & formatet", "två") if known else (),
            examined_at=dt.datetime(2020, 1, 2, 4, tzinfo=dt.UTC) if known else None,
            **given,
        )

    def record(self, case_number: str, running: int) -> model.PackageRecord:
        documents = tuple(
            self.file(self.one(CONTENTS), position=place, withdrawals=self.few(self.withdrawal, 1))
            for place in range(1, 1 + self.random.randint(0, 2))
        )
        return self.of(  # type: ignore[no-any-return]
            model.PackageRecord,
            number_text=f"{case_number}-{running}",
            running_number=running,
            moved_to=None,
            moved_from=None,
            note=self.lines(),
            parties=self.few(self.party),
            restrictions=self.few(lambda: self.mark(documents)),
            documents=documents,
            dispatches=self.few(lambda: self.dispatch(documents)),
            withdrawals=self.few(self.withdrawal, 1),
        )

    def dispatch(self, files: Sequence[model.PackageDocument]) -> model.PackageDispatch:
        """A dispatch whose message is nothing, a file of the record, or a file of its own."""
        self.letters += 1
        sent: model.PackageDispatch = self.of(
            model.PackageDispatch,
            state=self.one(SENT),
            message_id=f"<{self.letters}.{self.uid()}@example.org>",
            content_sha256=None,
            content=None,
            attachment_names=self.few(self.line),
            recipients=self.few(lambda: self.of(model.PackageRecipient)),
        )
        own = [
            content for content in CONTENTS if self.blobs[content].sha256 not in {item.sha256 for item in files}
        ]
        content = self.one([None, *files, *own])
        if isinstance(content, model.PackageDocument):
            return dataclasses.replace(sent, content_sha256=content.sha256)
        if content is None:
            return sent
        message = self.file(
            content,
            uid=sent.uid,
            position=0,
            file_name=safe_file_name(f"{(sent.subject or '')[:100]}.eml"),
            description=None,
            is_released=False,
            added_at=sent.queued_at,
            added_by=sent.queued_by,
            withdrawals=(),
        )
        return dataclasses.replace(sent, content_sha256=message.sha256, content=message)

    def case(self, place: int) -> model.PackageCase:
        """A case, whose days come in their order."""
        number, year = place * 7, 2010 + place
        text = f"KS {year}/{number}"
        opened, decided, closed = sorted(self.day() for _ in range(3))
        runnings = sorted(self.random.sample(range(1, 10), k=self.random.randint(0, 3)))
        records = tuple(self.record(text, running) for running in runnings)
        references = [None, *(model.PackageRecordReference(item.uid, item.number_text) for item in records)]
        notes = self.few(lambda: self.of(model.PackageNote, body=self.lines() or self.line(), corrects=None))
        if len(notes) == 2 and self.random.random() < 0.5:
            notes = (notes[0], dataclasses.replace(notes[1], corrects=notes[0].uid))
        deadline = lambda: self.of(  # noqa: E731
            model.PackageDeadline, unit=self.one([None, *self.units]), record=self.one(references)
        )
        disposal = lambda: self.of(  # noqa: E731
            model.PackageCaseDisposal, files=tuple((item, 1) for item in runnings)
        )
        return self.of(  # type: ignore[no-any-return]
            model.PackageCase,
            number_text=text,
            year=year,
            number=number,
            series_code="KS",
            note=self.lines(),
            opened_on=opened,
            decided_on=self.one([None, decided]),
            closed_on=self.one([None, closed]),
            unit=self.one([None, *self.units]),
            classification=self.one([None, *self.scheme.classes]),
            parties=self.few(self.party),
            restrictions=self.few(self.mark),
            relations=self.few(self.loose_relation),
            notes=notes,
            deadlines=self.few(deadline),
            decisions=self.few(lambda: self.of(model.PackageDecision, record=self.one(references))),
            records=records,
            shares=self.few(lambda: self.of(model.PackageShare, to_authority_code="SN", legal_ground="OSL 10:2")),
            withdrawals=self.few(self.withdrawal, 1),
            disposals=self.few(disposal, 1),
            origin=None,
        )

    def loose_relation(self) -> model.PackageRelation:
        """A reference to a case that is not in the package."""
        return self.of(  # type: ignore[no-any-return]
            model.PackageRelation,
            kind=self.one(list(words.RelationKind)),
            other_number=f"KS 1999/{self.number()}",
            other_authority="KS",
        )

    def _scheme(self) -> model.PackageScheme:
        uid = self.uid()
        parent: str | None = None
        classes = []
        for code in ("1", "1.2", "2"):
            rule = self.one([None, self.of(model.PackageDisposal)])
            kinds = ("Ansökan", "Beslut")[: self.random.randint(0, 2)]
            parent = "1" if code == "1.2" else None
            classes.append(
                self.of(
                    model.PackageClass,
                    code=code,
                    parent_code=parent,
                    disposal=rule,
                    record_types=kinds,
                    scheme_uid=uid,
                )
            )
        return self.of(  # type: ignore[no-any-return]
            model.PackageScheme, uid=uid, valid_from=dt.date(2000, 1, 1), valid_to=None, classes=tuple(classes)
        )


def register(seed: int, store: LocalBlobStore) -> GeneratedRegister:
    """A register with up to three cases, some of them tied to each other."""
    make = Maker(seed, store)
    cases = [make.case(place) for place in range(1, 1 + make.random.randint(1, 3))]
    if len(cases) > 1:
        _tie(make, cases)
    authority = make.of(
        model.PackageAuthority,
        code="KS",
        organisation_number=make.one([None, "212000-1439"]),
        active_from=dt.date(1971, 1, 1),
        active_to=None,
    )
    series = make.of(model.PackageSeries, code="KS", number_format="{series} {year}/{number}")
    info = make.of(
        model.PackageInfo,
        authority=authority,
        created_at=dt.datetime(2025, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
        software=("diarium", "1.0"),
        series=(series,),
        units=tuple(make.units),
        schemes=(make.scheme,),
        delivery=model.Delivery(),
    )
    return GeneratedRegister(info, tuple(cases))


def _tie(make: Maker, cases: list[model.PackageCase]) -> None:
    """A reference and a moved record between the first two cases, told by both."""
    first, second = cases[:2]
    kind = make.one(list(words.RelationKind))
    there = model.PackageRelation(kind, True, second.uid, second.number_text, "KS")
    back = model.PackageRelation(kind, False, first.uid, first.number_text, "KS")
    from_records, to_records = list(first.records), list(second.records)
    if from_records and to_records and make.random.random() < 0.7:
        old, new = from_records[0], to_records[0]
        became = model.PackageRecordReference(new.uid, new.number_text)
        was = model.PackageRecordReference(old.uid, old.number_text)
        from_records[0] = dataclasses.replace(old, moved_to=became)
        to_records[0] = dataclasses.replace(new, moved_from=was)
    cases[0] = dataclasses.replace(first, relations=(*first.relations, there), records=tuple(from_records))
    cases[1] = dataclasses.replace(second, relations=(*second.relations, back), records=tuple(to_records))
