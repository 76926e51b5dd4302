"""`diarium validate`: on the screen, as JSON, as PDF, and against a format that was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2

from tests.archive.validation.builder import Package
from tests.cli.conftest import Run


def test_a_package_is_told_of_on_the_screen_as_json_and_as_pdf(run: Run, tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    sound = run("validate", root)
    assert (sound.exit_code, "Godkänt" in sound.stdout, "E-ARK SIP 2.1.0" in sound.stdout) == (0, True, True)
    (root / "documentation/extra.txt").write_bytes(b"x")
    printed = tmp_path / "rapport.pdf"
    damaged = run("validate", root, "--json", "--pdf", printed)
    assert damaged.exit_code == 1
    assert [finding["rule"] for finding in json.loads(damaged.stdout)["findings"]] == ["FILE-EXTRA"]
    with pypdfium2.PdfDocument(printed.read_bytes()) as document:
        text = document[0].get_textpage().get_text_range()
    assert "FILE-EXTRA" in text
    assert "Inte godkänt" in text


def test_a_package_of_another_format_than_asked_for_is_not_valid(run: Run, tmp_path: Path) -> None:
    root = Package().write(tmp_path)
    assert run("validate", root, "--profile", "fgs2").exit_code == 0
    other = run("validate", root, "--profile", "eark-2.2", "--json")
    assert other.exit_code == 1
    assert "PROFILE" in {finding["rule"] for finding in json.loads(other.stdout)["findings"]}
    assert run("validate", root, "--profile", "hittepa").exit_code == 2
