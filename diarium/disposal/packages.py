"""Copies of a case in packages of our own in the export folder: they go with the case.

A package holds many cases; it goes as a whole when the first of them is disposed of. What was delivered lies with
the archive; what is on its way, or being made, holds the disposal back instead (`obstacles`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive.models import ExportItem, ExportPart
from diarium.archive.packaging_work import folder_of


def remove(session: Session, export_folder: Path, case_id: int) -> int:
    """Removes the packages that hold the case from the export folder; returns how many.

    Before the commit: where that fails, a package is missing that says so when somebody asks for it. Of its check
    the numbers stay; what was found names files and titles.
    """
    parts = session.scalars(
        select(ExportPart)
        .join(ExportItem, ExportItem.part_id == ExportPart.id)
        .where(ExportItem.case_id == case_id)
    ).all()
    removed = 0
    for part in parts:
        if part.package_name is not None:
            path = export_folder / part.package_name
            removed += path.exists()
            path.unlink(missing_ok=True)
            part.package_name = None
        shutil.rmtree(folder_of(export_folder, part.uid), ignore_errors=True)
        part.error = part.export.error = None
        if part.report is not None:
            part.report = {name: value for name, value in part.report.items() if isinstance(value, int)} | {
                "findings": []
            }
    return removed
