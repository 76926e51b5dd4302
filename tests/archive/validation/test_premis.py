"""PREMIS against the package: its objects are files of it, as large and with the checksums it says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from .builder import DATA, PREMIS, Package, report_of, rules
from .changes import Change

LETTER = f"{DATA}/ansokan.txt"
CONTENT = b"Jag vill bygga.\n"
OBJECT = """<object xsi:type="file"><objectIdentifier><objectIdentifierType>{kind}</objectIdentifierType>
<objectIdentifierValue>{name}</objectIdentifierValue></objectIdentifier><objectCharacteristics>
<compositionLevel>0</compositionLevel><fixity><messageDigestAlgorithm>{algorithm}</messageDigestAlgorithm>
<messageDigest>{digest}</messageDigest></fixity><size>{size}</size>
<format><formatDesignation><formatName>text</formatName></formatDesignation></format>
</objectCharacteristics>{storage}</object>"""
STORAGE = """<storage><contentLocation><contentLocationType>path</contentLocationType>
<contentLocationValue>{}</contentLocationValue></contentLocation></storage>"""


def described(*objects: dict[str, object]) -> Package:
    """A package whose PREMIS describes files."""
    package = Package()
    written = "".join(
        OBJECT.format(
            **{
                "kind": "local",
                "name": LETTER,
                "algorithm": "SHA-256",
                "digest": hashlib.sha256(CONTENT).hexdigest(),
                "size": len(CONTENT),
                "storage": "",
                **given,
            }
        )
        for given in objects
    )
    package.files["metadata/preservation/premis.xml"] = PREMIS.replace("<agent>", f"{written}<agent>").encode()
    return package


def change_to(package: Package) -> Change:
    def change(sound: Package) -> None:
        sound.files, sound.mets = package.files, None

    return change


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, set()),
        ({"name": "f2-1"}, set()),  # its ID in METS
        ({"name": "uuid-1", "storage": STORAGE.format(LETTER)}, set()),
        ({"digest": hashlib.sha256(CONTENT).hexdigest().upper()}, set()),
        ({"algorithm": "MD5", "digest": hashlib.md5(CONTENT).hexdigest()}, set()),
        ({"algorithm": "sha512", "digest": hashlib.sha512(CONTENT).hexdigest()}, set()),
        ({"algorithm": "Whirlpool", "digest": "00"}, set()),  # not known here
        ({"digest": "0" * 64}, {"PREMIS-FIXITY"}),
        ({"size": 17}, {"PREMIS-SIZE"}),
        ({"storage": STORAGE.format(f"{DATA}/annan.txt"), "name": "x"}, {"PREMIS-OBJECT"}),
        ({"name": "okänt"}, {"PREMIS-OBJECT"}),
        ({"name": "../../etc/passwd"}, {"PREMIS-OBJECT"}),
    ],
)
def test_an_object_is_held_against_its_file(tmp_path: Path, given: dict[str, object], expected: set[str]) -> None:
    assert rules(report_of(tmp_path, change_to(described(given)))) == expected


def test_a_file_that_premis_forgot_is_told_when_it_describes_others(tmp_path: Path) -> None:
    package = described({})
    package.files[f"{DATA}/bilaga.txt"] = b"Ritning"
    report = report_of(tmp_path, change_to(package))
    assert rules(report) == {"PREMIS-UNDESCRIBED", "ERMS-UNUSED"}
    [told] = [finding for finding in report.findings if finding.rule == "PREMIS-UNDESCRIBED"]
    assert told.place.file == f"{DATA}/bilaga.txt"
