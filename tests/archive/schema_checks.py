"""What schemas and rules say of a package's documents; own ones, and the official ones where they are at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from diarium.archive.dialects import Dialect
from diarium.archive.schema_set import SchemaSet, run_schematron

METS_SCHEMAS = ("mets.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
ERMS = "representations/rep_1/data/ERMS.xml"
PREMIS = "metadata/preservation/premis.xml"
OFFICIAL_NAMES = {"ERMS.xsd": ("ERMS_v2_1_2.xsd", "erms_v2_1_2.sch"), "ERMS-3.xsd": ("ERMS_v3.xsd", "erms_v3.sch")}
PACKAGE_INFO = "documentation/additionalPackageInfo.xml"

# What the independent validator says of every package in Riksarkivet's application, and why it is mistaken.
ITS_OWN_MISTAKES = {
    "CSIP12": "asks TYPE=OTHER of every CREATOR agent; the requirement is for the software agent (CSIP10: 1..n)",
    "CSIP13": "asks OTHERTYPE=SOFTWARE of every CREATOR agent, also of organisations and persons (SIP15, SIP21)",
    "CSIP15": "asks exactly one note of every CREATOR agent; a contact person may have any number (SIP25)",
    "CSIP16": "asks SOFTWARE VERSION of every CREATOR agent's note; SIP20 asks IDENTIFICATIONCODE there",
    "CSIP63": "fires wherever CONTENTINFORMATIONTYPE is not OTHER or is absent; the requirement is for OTHER only",
    "SIP14": "looks for NOTETYPE without namespace; the schema has csip:NOTETYPE",
}


def official_folder() -> Path | None:
    """The folder of the official schemas, or None."""
    beside = Path(os.environ.get("DIARIUM_SHARED", Path(__file__).parents[3] / "shared")) / "fgs" / "official"
    folder = Path(os.environ.get("DIARIUM_OFFICIAL_SCHEMAS", beside))
    return folder if (folder / "ERMS_v2_1_2.xsd").exists() else None


def problems(
    root: Path, schemas: SchemaSet, *, erms: str = "ERMS.xsd", rules: str | None = "erms.sch"
) -> list[str]:
    """Everything that the schemas of one folder say against a package's documents; `rules`: its Schematron.

    Representations may have METS and PREMIS of their own.
    """
    documents: list[tuple[str, str | tuple[str, ...]]] = [
        *[(path, METS_SCHEMAS) for path in _found(root, "METS.xml")],
        (ERMS, erms),
        *[(path, "premis-v3-0.xsd") for path in _found(root, "premis.xml")],
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


def official_problems(root: Path, folder: Path, dialect: Dialect) -> list[str]:
    """What the official schemas and rules say. The official rules of ERMS 3 are used where they are at hand."""
    erms, rules = OFFICIAL_NAMES[dialect.erms_schema]
    return problems(root, SchemaSet(folder), erms=erms, rules=rules if (folder / rules).exists() else None)


def independent_findings(roots: Sequence[Path], tool: Path) -> dict[str, set[str]] | None:
    """Ids of what the independent validator finds broken, by package; None where it does not start."""
    run = subprocess.run(
        [sys.executable, str(tool), *map(str, roots)], capture_output=True, text=True, check=False
    )
    lines = [line for line in run.stdout.splitlines() if line.startswith("{")]
    if len(lines) != len(roots):
        return None
    told = [json.loads(line) for line in lines]
    return {report["package"]: {rule for _severity, rule in report["errors"]} for report in told}


def _found(root: Path, name: str) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob(name))
