"""Imports a classification scheme from CSV."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.classification.models import (
    Classification,
    ClassificationScheme,
    PublishingRule,
    RecordType,
    Retention,
    RetentionRule,
)
from diarium.errors import DomainError
from diarium.i18n import gettext as _

Row = Mapping[str, str]
_CODE = re.compile(r"^\d+(\.\d+)*$")


class InvalidScheme(DomainError):
    """A row of a scheme that can't be used; the message says which and why."""


def shipped_scheme() -> list[dict[str, str]]:
    """The rows of the municipal scheme that comes with the program."""
    with (Path(__file__).parent / "data" / "scheme.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def import_scheme(
    session: Session, rows: Iterable[Row], *, name: str, version: str, valid_from: dt.date
) -> ClassificationScheme:
    """Adds a scheme; its rows stand in any order, each parent's code is the child's without its last part.

    Columns: code, title, description, publishing, retention, retention_years, retention_event, retention_basis,
    record_types (parted by |). Raises: InvalidScheme.
    """
    scheme = ClassificationScheme(name=name, version=version, valid_from=valid_from)
    session.add(scheme)
    types = {kind.name: kind for kind in session.scalars(select(RecordType))}
    classes: dict[str, Classification] = {}
    for place, row in enumerate(sorted(rows, key=lambda row: _sort_key(row["code"])), start=2):
        code = row["code"].strip()
        if not _CODE.match(code) or code in classes:
            raise InvalidScheme(
                _("Rad %(row)s: koden ”%(code)s” är fel eller står två gånger.", row=place, code=code)
            )
        parent_code = code.rpartition(".")[0]
        if parent_code and parent_code not in classes:
            raise InvalidScheme(_("Rad %(row)s: klassen %(code)s saknas ovanför.", row=place, code=parent_code))
        classes[code] = Classification(
            scheme=scheme,
            parent=classes.get(parent_code),
            code=code,
            sort_key=_sort_key(code),
            title=row["title"].strip(),
            description=row.get("description", "").strip(),
            publishing=_publishing(row, place),
            retention_rule=_retention(row, place),
            record_types=[
                _record_type(types, kind) for kind in row.get("record_types", "").split("|") if kind.strip()
            ],
        )
        session.add(classes[code])
    session.flush()
    return scheme


def _sort_key(code: str) -> str:
    return ".".join(part.rjust(4, "0") for part in code.strip().split("."))


def _publishing(row: Row, place: int) -> PublishingRule:
    try:
        return PublishingRule(row.get("publishing") or "metadata")
    except ValueError:
        raise InvalidScheme(
            _("Rad %(row)s: publiceringsregeln ”%(rule)s” finns inte.", row=place, rule=row["publishing"])
        ) from None


def _retention(row: Row, place: int) -> RetentionRule | None:
    wanted = (row.get("retention") or "").strip()
    if not wanted:
        return None
    years = (row.get("retention_years") or "").strip()
    if wanted not in list(Retention) or (wanted == Retention.DISPOSE and not years.isdigit()):
        raise InvalidScheme(_("Rad %(row)s: gallringsregeln är ofullständig.", row=place))
    return RetentionRule(
        retention=Retention(wanted),
        years=int(years) if wanted == Retention.DISPOSE else None,
        event=(row.get("retention_event") or "").strip() or None,
        basis=(row.get("retention_basis") or "").strip(),
    )


def _record_type(types: dict[str, RecordType], name: str) -> RecordType:
    return types.setdefault(name.strip(), RecordType(name=name.strip()))
