"""FGS 1.2 packages made of a register, without the work around an export; and how to look into them."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import conversion, loading, packaging
from diarium.archive.package_model import Contact, Delivery, Organisation, PackageCase, PackageInfo
from diarium.archive.profiles.fgs1 import CASES, SIP, Fgs1
from diarium.archive.schema_set import SchemaSet
from diarium.classification.models import ClassificationScheme
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
from diarium.register.models import Case
from tests import patterns
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.archive.register_extras import add_history
from tests.archive.schema_checks import official_folder
from tests.conftest import Municipality

NS = {
    "e": "http://xml.ra.se/e-arkiv/FGS-ERMS",
    "m": "http://www.loc.gov/METS/",
    "ext": "ExtensionMETS",
    "xlink": "http://www.w3.org/1999/xlink",
}
PERMITS = "Bygglov_v2.xsd"
METS_SCHEMAS = ("CSPackageMETS.xsd", "CSPackageExtensionMETS.xsd")
DELIVERY = Delivery(
    creator=Organisation("Ekdala kommun", "ORG:212000-1439"),
    editor=Organisation("Arkivenheten"),
    preserver=Organisation("Sydarkivera & vänner", "VAT:SE212000143901"),
    contact=Contact("Arja Arkivarie", "arja@ekdala.example", "0123-456 78"),
    submission_agreement="RA 13-2011/5329; 2012-04-12",
    previous_submission_agreements=("FM 12-2387/12726",),
    reference_code="SE/EKD/KS",
    previous_reference_codes=("EKD-1", "EKD-2"),
    archival_name="Kommunstyrelsens arkiv",
    information_class="K2",
    status="REPLACEMENT",
    replaces="KS_2024-01-01_2024-12-31_1",
    package_number=2,
    package_count=3,
)


@dataclass(frozen=True)
class Fgs1Package:
    """A package folder with what it was made of."""

    root: Path
    info: PackageInfo
    cases: tuple[PackageCase, ...]

    @cached_property
    def sip(self) -> etree._Element:
        return etree.parse(str(self.root / SIP)).getroot()

    @cached_property
    def content(self) -> etree._Element:
        return etree.parse(str(self.root / CASES)).getroot()

    def record(self, title: str) -> etree._Element:
        """The record with that title."""
        (found,) = self.content.xpath(f"//e:ArkivobjektHandling[e:Rubrik='{title}']", namespaces=NS)
        return found


def full_package(work: Path) -> Fgs1Package:
    """A package of a case with every field in use and of a plain one; `work`: an empty folder."""
    url = f"sqlite:///{work / 'register.sqlite'}"
    patterns.town(url)
    database = open_database(url)
    try:
        municipality = Municipality(database, LocalBlobStore(work / "files"))
        return package_of(municipality, work / "package", _case_with_history, plain_case)
    finally:
        database.close()


def package_of(
    municipality: Municipality,
    work: Path,
    *fill: Callable[[Municipality, Session], object],
    delivery: Delivery = DELIVERY,
) -> Fgs1Package:
    """Fills the register with the given cases and packs those that are closed."""
    with municipality.database.unit_of_work() as session:
        for add in fill:
            add(municipality, session)
    with municipality.database.reading() as session:
        closed = session.scalars(select(Case.id).where(Case.closed_on.is_not(None)).order_by(Case.id)).all()
        cases = tuple(loading.load_case(session, case_id) for case_id in closed)
        info = _info(session, delivery)
    return Fgs1Package(packaging.build(work, Fgs1(), info, municipality.blobs, cases), info, cases)


def official_schemas(work: Path) -> SchemaSet | None:
    """The official schemas of the 1.x family in one folder, where they are at hand.

    That of FGS Ärendehantering 1.0 is had only with what a municipality added to it for building permits.
    """
    folder = official_folder()
    permits = folder.parent / "examples" / PERMITS if folder else None
    if folder is None or permits is None or not permits.exists() or not (folder / METS_SCHEMAS[0]).exists():
        return None
    together = work / "official"
    together.mkdir(exist_ok=True)
    for path in (*(folder / name for name in (*METS_SCHEMAS, "xlink.xsd")), permits):
        shutil.copyfile(path, together / path.name)
    return SchemaSet(together)


def schema_problems(root: Path, schemas: SchemaSet, content_schema: str = "Arendehantering.xsd") -> list[str]:
    """Everything that the schemas of one folder say against a package's documents."""
    found = []
    documents: tuple[tuple[str, str | tuple[str, ...]], ...] = ((SIP, METS_SCHEMAS), (CASES, content_schema))
    for path, names in documents:
        tree = etree.parse(str(root / path), etree.XMLParser(huge_tree=True))
        found += [f"{path}:{problem.line} {problem.message}" for problem in schemas.validate(names, tree)]
    return found


def _case_with_history(municipality: Municipality, session: Session) -> None:
    add_history(session, full_case(municipality, session))


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
