"""What schemas and rules say of a package's documents; own ones, and the official ones where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

from lxml import etree

from diarium.archive.schema_set import SchemaSet, run_schematron

METS_SCHEMAS = ("mets.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
ERMS = "representations/rep_1/data/ERMS.xml"
PREMIS = "metadata/preservation/premis.xml"
PACKAGE_INFO = "documentation/additionalPackageInfo.xml"


def official_folder() -> Path | None:
    """The folder of the official schemas, or None."""
    beside = Path(os.environ.get("DIARIUM_SHARED", Path(__file__).parents[3] / "shared")) / "fgs" / "official"
    folder = Path(os.environ.get("DIARIUM_OFFICIAL_SCHEMAS", beside))
    return folder if (folder / "ERMS_v2_1_2.xsd").exists() else None


def problems(
    root: Path, schemas: SchemaSet, *, erms: str = "ERMS.xsd", rules: str | None = "erms.sch"
) -> list[str]:
    """Everything that the schemas of one folder say against a package's documents; `rules`: its Schematron."""
    documents: list[tuple[str, str | tuple[str, ...]]] = [
        ("METS.xml", METS_SCHEMAS),
        (ERMS, erms),
        (PREMIS, "premis-v3-0.xsd"),
        (PACKAGE_INFO, "SNAadditionalPackageInfo.xsd"),
    ]
    found = []
    for path, names in documents:
        if isinstance(names, str) and not (schemas.folder / names).exists():
            continue  # Riksarkivet's own schema is not among the official files
        parser = etree.XMLParser(huge_tree=True)
        tree = etree.parse(str(root / path), parser)
        found += [f"{path}:{problem.line} {problem.message}" for problem in schemas.validate(names, tree)]
    if rules:
        found += [str(failure) for failure in run_schematron(schemas.folder / rules, root / ERMS)]
    return found
