"""Faults in the folders and files of a written package, one at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from .builder import DATA, Package
from .changes import HREF, MDREF, PROVENANCE, attribute

FolderChange = Callable[[Path], Path]


def gone(folder: str) -> FolderChange:
    """A folder or file that is no longer there."""

    def change(into: Path) -> Path:
        root = Package().write(into)
        target = root / folder
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return root

    return change


def more(name: str) -> FolderChange:
    """A file that METS does not list."""

    def change(into: Path) -> Path:
        root = Package().write(into)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
        return root

    return change


def elsewhere(old: str, new: str, path: str) -> FolderChange:
    """A metadata file in another folder, which METS knows."""

    def change(into: Path) -> Path:
        package = Package()
        package.tree()
        package.files[new] = package.files.pop(old)
        attribute(path, HREF, new)(package)
        return package.write(into)

    return change


def bare(into: Path) -> Path:
    """An archive file without one root folder."""
    root = Package().write(into)
    return Path(shutil.make_archive(str(into / "paket"), "zip", root))


def renamed(into: Path) -> Path:
    """A folder with another name than the package."""
    root = Package().write(into)
    return root.rename(root.with_name("annat"))


FOLDERS: list[tuple[FolderChange, set[str]]] = [
    (bare, {"CSIPSTR1", "CSIP1", "CSIPSTR2"}),
    (renamed, {"CSIPSTR2", "CSIP1"}),
    (gone("METS.xml"), {"CSIPSTR4"}),
    (gone("documentation"), {"CSIPSTR16", "CSIP64", "CSIP79"}),
    (gone("schemas"), {"CSIPSTR15", "CSIP64", "CSIP79"}),
    (gone("metadata"), {"CSIPSTR5", "CSIP17", "CSIP32", "CSIP24", "CSIP38"}),
    (gone("representations"), {"CSIPSTR9", "CSIP64", "CSIP79", "ERMS-MISSING"}),
    (gone(DATA), {"CSIPSTR11", "CSIP79", "ERMS-MISSING"}),
    (more("extra.txt"), {"FILE-EXTRA"}),
    (more("metadata/lapp.txt"), {"FILE-EXTRA", "CSIPSTR8"}),
    (more("metadata/preservation/till.xml"), {"CSIP32"}),
    (more("metadata/descriptive/till.xml"), {"CSIP17"}),
    (more("representations/los.txt"), {"FILE-EXTRA", "CSIPSTR10"}),
    (more(f"{DATA}/till.txt"), {"FILE-EXTRA", "ERMS-UNUSED"}),
    (more("documentation/å ä.txt"), {"FILE-EXTRA", "FILE-NAME"}),
    (more("documentation/con.txt"), {"FILE-EXTRA", "FILE-NAME"}),
    (more("documentation/ADDITIONALpackageinfo.XML"), {"FILE-EXTRA", "FILE-COLLISION", "XML"}),
    (more("representations/rep_1/preservation/p.xml"), {"FILE-EXTRA", "CSIPSTR13"}),
    (
        elsewhere("metadata/preservation/premis.xml", "metadata/other/premis.xml", PROVENANCE),
        {"CSIPSTR6", "CSIP32"},
    ),
    (elsewhere("metadata/descriptive/ead.xml", "metadata/other/ead.xml", MDREF), {"CSIPSTR7", "CSIP17"}),
]
