"""Reference data that a new register starts with: provisions, a classification scheme, record types."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from diarium.classification.importing import import_scheme, shipped_scheme
from diarium.secrecy.importing import import_provisions, shipped_provisions


def load_reference_data(session: Session, *, valid_from: dt.date = dt.date(2015, 1, 1)) -> None:
    """Loads the shipped scheme and provisions into an empty register."""
    import_provisions(session, shipped_provisions())
    import_scheme(
        session, shipped_scheme(), name="Kommunal klassificeringsstruktur", version="1", valid_from=valid_from
    )
