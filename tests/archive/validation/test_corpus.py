"""Agreement with the verdicts of the E-ARK test corpus (the half that lies beside the repository)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.validation import ValidationReport, validate_package

SHARED = Path(os.environ.get("DIARIUM_SHARED", Path(__file__).resolve().parents[4] / "shared"))
CORPUS = SHARED / "fgs" / "eark-corpus"
VERDICTS = 209
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the E-ARK corpus is not here: set DIARIUM_SHARED")


def verdicts() -> Iterator[tuple[str, str, Path, bool]]:
    """Requirement, number of its rule, package, whether the package breaks the requirement."""
    for case in sorted(CORPUS.glob("*/*/testCase.xml")):
        for rule in etree.parse(str(case)).getroot().iter("rule"):
            for package in rule.iter("package"):
                path = case.parent / (package.findtext("path") or "").strip()
                if package.get("isImplemented") == "TRUE" and path.is_dir():
                    yield case.parent.name, rule.get("id", ""), path, package.get("isValid") == "FALSE"


def test_every_verdict_of_the_corpus_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    reports: dict[Path, ValidationReport] = {}
    found, differs = 0, []
    for requirement, rule, path, is_broken in verdicts():
        if path not in reports:
            reports[path] = validate_package(path)
        found += 1
        if (requirement in {finding.rule for finding in reports[path].findings}) != is_broken:
            differs.append(f"{requirement} rule {rule}: {path.relative_to(CORPUS)}")
    with capsys.disabled():
        sys.stdout.write(f"\nE-ARK corpus: {found - len(differs)} of {found} verdicts reached\n")
    assert found == VERDICTS
    assert differs == []


def test_the_corpus_that_was_copied_as_text_is_told_so() -> None:
    """Its sound packages lost their CRLF line ends on the way here: not wrong sums, but not whole files either."""
    report = validate_package(CORPUS / "SIP/SIP2/valid/minimal_SIP_plus_mets_SHOULD_MAY_items")
    errors = {finding.rule for finding in report.findings if finding.severity == "ERROR"}
    assert errors == {"FILE-EOL", "XSD"}
    schema_errors = [finding for finding in report.findings if finding.rule == "XSD"]
    assert {finding.place.file for finding in schema_errors} == {
        "metadata/preservation/package_preservation_meta_premis_v3.xml"
    }
