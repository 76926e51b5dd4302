"""The permanent addresses of cases and records. They are part of what citizens link to: never change them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from diarium.public.models import PublicCase, PublicRecord


def of_case(case: PublicCase, *, page: int | None = None) -> str:
    """/arende/KS/2024/123, with the series in it where it is not the authority's own."""
    return url_for("site.case", sida=page, **_number(case))


def of_record(record: PublicRecord, case: PublicCase) -> str:
    """/handling/KS/2024/123/4"""
    return of_running_number(case, record.running_number)


def of_running_number(case: PublicCase, running_number: int) -> str:
    """The address of the record with a running number in `case`."""
    return url_for("site.record", running=running_number, **_number(case))


def _number(case: PublicCase) -> dict[str, Any]:
    found: dict[str, Any] = {"authority": case.authority_code, "year": case.year, "number": case.number}
    if case.series_code != case.authority_code:
        found["series"] = case.series_code
    return found
