"""Packages of the 2.x family made of a register, without the work around an export."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import conversion, loading, packaging
from diarium.archive.package_model import Contact, Delivery, Organisation, PackageCase, PackageInfo
from diarium.archive.profiles import profile
from diarium.archive.profiles.codes import ProfileCode
from diarium.classification.models import ClassificationScheme
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
from diarium.register.models import Case
from tests import patterns
from tests.archive.register_examples import PERIOD
from tests.conftest import Municipality

AGREED = Delivery(
    creator=Organisation("Ekdala kommun", "ORG:212000-1439"),
    editor=Organisation("Arkivenheten"),
    preserver=Organisation("Sydarkivera & vänner", "VAT:SE222000281701"),
    contact=Contact("Arja Arkivarie", "arja@ekdala.example", "0123-456 78"),
    submission_agreement="RA 13-2011/5329; 2012-04-12",
    previous_submission_agreements=("FM 12-2387/12726",),
    reference_code="SE/EKD/KS",
    previous_reference_codes=("EKD-1", "EKD-2"),
    archival_name="Kommunstyrelsens & nämndernas arkiv",
    information_class="K2",
    status="REPLACEMENT",
    replaces="KS_2024-01-01_2024-12-31_1",
    package_number=2,
    package_count=3,
)


@dataclass(frozen=True)
class MadePackage:
    """A package folder with what it was made of."""

    root: Path
    info: PackageInfo
    cases: tuple[PackageCase, ...]


def made_package(
    municipality: Municipality,
    work: Path,
    code: ProfileCode,
    *fill: Callable[[Municipality, Session], object],
    delivery: Delivery = AGREED,
) -> MadePackage:
    """Fills the register with the given cases and packs those that are closed."""
    with municipality.database.unit_of_work() as session:
        for add in fill:
            add(municipality, session)
    with municipality.database.reading() as session:
        closed = session.scalars(select(Case.id).where(Case.closed_on.is_not(None)).order_by(Case.id)).all()
        cases = tuple(loading.load_case(session, case_id) for case_id in closed)
        info = _info(session, delivery)
    return again(MadePackage(work, info, cases), municipality, work, code)


def again(made: MadePackage, municipality: Municipality, work: Path, code: ProfileCode) -> MadePackage:
    """The same cases once more, by another profile."""
    root = packaging.build(work, profile(code), made.info, municipality.blobs, made.cases)
    return MadePackage(root, made.info, made.cases)


@contextmanager
def town_at(work: Path) -> Iterator[Municipality]:
    """The small municipality on SQLite in the folder `work`, for packages that several tests look at."""
    url = f"sqlite:///{work / 'register.sqlite'}"
    patterns.town(url)
    with closing(open_database(url)) as database:
        yield Municipality(database, LocalBlobStore(work / "files"))


def _info(session: Session, delivery: Delivery) -> PackageInfo:
    authority = loading.load_authority(session, session.scalars(select(Case.authority_id)).first() or 0)
    schemes = session.scalars(select(ClassificationScheme).order_by(ClassificationScheme.id))
    return PackageInfo(
        uid=uuid.UUID("00000000-0000-4000-8000-000000000001"),
        authority=conversion.to_authority(authority),
        period_from=PERIOD[0],
        period_to=PERIOD[1],
        created_at=dt.datetime(2025, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
        requested_by="Arja Arkivarie",
        software=("diarium", "1.0"),
        series=tuple(conversion.to_series(series) for series in authority.series),
        units=tuple(conversion.to_unit(unit) for unit in authority.units),
        schemes=tuple(conversion.to_scheme(scheme) for scheme in schemes),
        delivery=delivery,
    )
