"""Reading the classification scheme in force."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.classification.models import Classification, ClassificationScheme


def options(session: Session, day: dt.date) -> list[tuple[str, str]]:
    """(code, "code title") of every class in force on `day`, in the scheme's order."""
    rows = session.execute(
        select(Classification.code, Classification.title)
        .join(ClassificationScheme)
        .where(ClassificationScheme.valid_from <= day)
        .where(or_(ClassificationScheme.valid_to.is_(None), ClassificationScheme.valid_to >= day))
        .order_by(Classification.sort_key)
    )
    return [(code, f"{code} {title}") for code, title in rows]
