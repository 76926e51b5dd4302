"""Agreements, packages and deliveries of a small municipality, in one line each."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import agreements, delivering
from diarium.archive.agreement_facts import AgreementFacts
from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_archiving import DeliveryArchiver
from diarium.archive.delivery_lookup import loaded
from diarium.archive.delivery_models import DeliveryEvent, PackageDelivery
from diarium.archive.delivery_sending import DeliveryRound
from diarium.archive.models import Export, ExportItem, ExportPart, ExportState
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.transport.opening import Opener, open_transport
from diarium.archive.transport.port import Arrival, Course, Parcel, Transport
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.identity.permissions import Actor, Role
from diarium.register.models import Authority, Case
from diarium.settings import DeliverySettings
from tests.archive.register_examples import plain_case
from tests.conftest import Municipality


class DeliveryBench:
    """Lays up and sends deliveries of made-up packages: what they hold is nothing to a transport."""

    def __init__(self, town: Municipality, folder: Path) -> None:
        self.town = town
        self.exports = folder / "exports"
        self.exports.mkdir()
        self.inbox = folder / "receiver"
        self.returns = folder / "returned"
        self.inbox.mkdir()
        self.returns.mkdir()
        self.policy = DeliverySettings(folders=(self.inbox, self.returns))

    @property
    def database(self) -> Database:
        return self.town.database

    @property
    def archivist(self) -> Actor:
        return self.town.archivist

    @property
    def privileged(self) -> Actor:
        """An archivist who may read protected identities too."""
        return replace(self.town.archivist, roles={"KS": frozenset({Role.ARCHIVIST, Role.REGISTRAR})})

    def facts(self, **changes: Any) -> AgreementFacts:
        wanted: dict[str, Any] = {
            "name": "Kommunarkivet",
            "number": "ÖK-2024-1",
            "receiver_name": "Kommunarkivet i Ekdala",
            "transport": "folder",
            "transport_facts": {"path": str(self.inbox), "return_path": str(self.returns)},
        }
        return AgreementFacts(**(wanted | changes))

    def agreement(self, **changes: Any) -> DeliveryAgreement:
        with self.database.unit_of_work() as session:
            return agreements.create(session, self.archivist, "KS", self.facts(**changes), self.policy)

    def part(
        self,
        content: bytes = b"paket" * 1000,
        *,
        status: PackageStatus = PackageStatus.NEW,
        agreement: DeliveryAgreement | None = None,
        cases: Sequence[Case] = (),
        replaces_id: int | None = None,
        **facts: Any,
    ) -> ExportPart:
        """A finished package with `content` as its file."""
        more = {"status": status, "cases": cases, "replaces_id": replaces_id, **facts}
        agreement_id = agreement.id if agreement else None
        return approved_part(self.database, self.exports, content, agreement_id=agreement_id, **more)

    def closed_case(self, session: Session, title: str = "Remiss") -> Case:
        return plain_case(self.town, session, title)

    def delivery(
        self, part: ExportPart, agreement: DeliveryAgreement, *, approved: bool = True
    ) -> PackageDelivery:
        with self.database.unit_of_work() as session:
            made = delivering.create(session, self.archivist, part.uid, agreement.uid)
        if approved:
            with self.database.unit_of_work() as session:
                delivering.approve(session, self.archivist, made.uid, self.exports)
        return self.read(made)

    def round(self, **options: Any) -> DeliveryRound:
        return DeliveryRound(self.database, self.exports, self.policy, **options)

    def archive(self) -> int:
        return DeliveryArchiver(self.database).run()

    def read(self, delivery: PackageDelivery) -> PackageDelivery:
        with self.database.reading() as session:
            return session.scalars(loaded().where(PackageDelivery.id == delivery.id)).one()

    def steps(self, delivery: PackageDelivery) -> list[str]:
        with self.database.reading() as session:
            query = select(DeliveryEvent.step).where(DeliveryEvent.delivery_id == delivery.id)
            return [step.value for step in session.scalars(query.order_by(DeliveryEvent.id))]


def approved_part(
    database: Database,
    exports: Path,
    content: bytes,
    *,
    status: PackageStatus = PackageStatus.NEW,
    agreement_id: int | None = None,
    cases: Sequence[Case] = (),
    replaces_id: int | None = None,
    **facts: Any,
) -> ExportPart:
    """A package of KS that the check has approved; what it holds is `content`."""
    uid = uuid.uuid4()
    name = f"KS_2024-01-01_2024-12-31_{uid}.zip"
    exports.mkdir(parents=True, exist_ok=True)
    (exports / name).write_bytes(content)
    with database.unit_of_work() as session:
        owner = session.scalars(select(Authority).where(Authority.code == "KS")).one()
        export = Export(
            authority=owner, period_from=dt.date(2024, 1, 1), period_to=dt.date(2024, 12, 31), criteria={},
            profile=ProfileCode.FGS2, record_status=status, state=ExportState.VALIDATED,
            requested_by_name="Arja", total=len(cases), replaces_id=replaces_id, agreement_id=agreement_id,
        )  # fmt: skip
        wanted = {"state": ExportState.VALIDATED, "file_count": 3, "case_count": len(cases), **facts}
        part = ExportPart(
            uid=uid, export=export, number=1, package_name=name, package_size=len(content),
            package_sha256=hashlib.sha256(content).hexdigest(), finished_at=now(), **wanted,
        )  # fmt: skip
        session.add(part)
        session.flush()
        session.add_all(ExportItem(export=export, part=part, case_id=case.id) for case in cases)
        return part


class FreeCourse:
    """A `Course` that stops nothing. `places`: what was reached; `act` is done when so much was."""

    def __init__(self, token: str | None = None, *, at: int | None = None, act: Callable[[], None] | None = None):
        self.token = token
        self.places: list[int] = []
        self._at, self._act = at, act

    def keep(self, token: str) -> None:
        self.token = token

    def reached(self, sent: int) -> None:
        self.places.append(sent)
        if self._act is not None and self._at is not None and sent >= self._at:
            act, self._act = self._act, None
            act()

    def alive(self) -> None:
        pass


def opener_that(act: Callable[[], None], *, at: int = 0, places: list[int] | None = None) -> Opener:
    """Opens the real transport. `act` is done when `at` bytes lie there; `places` gets what was reached."""

    class Watched:
        def __init__(self, course: Course) -> None:
            self._course, self._is_done = course, False

        def __getattr__(self, name: str) -> Any:
            return getattr(self._course, name)

        def reached(self, sent: int) -> None:
            if places is not None:
                places.append(sent)
            if sent >= at and not self._is_done:
                self._is_done = True
                act()
                self._course.keep(self._course.token or "")  # as when a second has passed
            self._course.reached(sent)

    class Wrapped:
        def __init__(self, inner: Transport) -> None:
            self._inner = inner

        def send(self, parcel: Parcel, course: Course) -> Arrival:
            return self._inner.send(parcel, Watched(course))

    @contextmanager
    def opener(kind: TransportKind, facts: Mapping[str, Any], policy: DeliverySettings) -> Iterator[Any]:
        with open_transport(kind, facts, policy) as inner:
            yield Wrapped(inner)

    return opener


def parcel_of(path: Path, content: bytes) -> Parcel:
    """A package file with `content` at `path`."""
    path.write_bytes(content)
    return Parcel(path, path.name, len(content), hashlib.sha256(content).hexdigest())
