"""Writes what diarium is made of as CycloneDX 1.6: the locked libraries with versions, hashes and licences.

`python tools/sbom.py dist/diarium.cdx.json` (or `make sbom`). Nothing in it changes unless the lock does.
"""

from __future__ import annotations

import re
import sys
import uuid
from importlib import metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "base.txt"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAMESPACE = uuid.UUID("5b0c3c57-5a3a-4b57-9b0a-6d6961726975")


def bill_of_materials(lock: str, version: str) -> Bom:
    """The bill for what `lock` pins. Raises: PackageNotFoundError if a pinned library is not installed."""
    bom = Bom(serial_number=uuid.uuid5(_NAMESPACE, lock))
    licences = LicenseFactory()
    us = Component(
        name="diarium",
        version=version,
        type=ComponentType.APPLICATION,
        licenses=[licences.make_from_string("EUPL-1.2")],
    )
    us.bom_ref.value = f"diarium@{version}"
    bom.metadata.component = us
    bom.metadata.timestamp = None  # type: ignore[assignment]
    parts = [_library(licences, block) for block in re.split(r"\n(?=[A-Za-z0-9])", lock) if _PIN.match(block)]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(us, parts)
    return bom


def _library(licences: LicenseFactory, block: str) -> Component:
    pin = _PIN.match(block)
    assert pin is not None
    name, version = pin["name"], pin["version"]
    library = Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=name.lower(), version=version),
        # One of them is the file that is installed; which, hangs on the machine.
        properties=[Property(name="diarium:lock:sha256", value=digest) for digest in _HASH.findall(block)],
        licenses=[licences.make_from_string(text) for text in _licence(name)],
    )
    library.bom_ref.value = f"{name}@{version}"
    return library


def _licence(name: str) -> list[str]:
    """The licence as the library's own metadata tells it: an SPDX expression, else its classifiers."""
    told = metadata.metadata(name)
    if expression := told.get("License-Expression"):
        return [expression]
    classifiers = [text for text in told.get_all("Classifier") or [] if text.startswith("License ::")]
    if classifiers:
        return [text.rsplit(" :: ", 1)[-1] for text in classifiers]
    text = (told.get("License") or "").strip()
    return [text.splitlines()[0][:200]] if text else []


def main(target: Path) -> None:
    """Writes the bill to `target`."""
    bom = bill_of_materials(LOCK.read_text(encoding="utf-8"), metadata.version("diarium"))
    target.parent.mkdir(parents=True, exist_ok=True)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
