"""How far the guided set-up of an authority has come, and which new years have been prepared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, ClosedList, now
from diarium.i18n import lazy_gettext as _l


class SetUpStep(StrEnum):
    """A step of the guided set-up of an authority, in the order in which they are offered."""

    FACTS = "facts"
    UNITS = "units"
    SERIES = "series"
    USERS = "users"
    CLASSIFICATION = "classification"
    CHANNELS = "channels"
    CHECK = "check"


STEP_LABELS: Mapping[SetUpStep, str] = {
    SetUpStep.FACTS: _l("Uppgifter om myndigheten"),
    SetUpStep.UNITS: _l("Enheter"),
    SetUpStep.SERIES: _l("Diarieserie och nummerformat"),
    SetUpStep.USERS: _l("Användare och roller"),
    SetUpStep.CLASSIFICATION: _l("Klassificering och mallar"),
    SetUpStep.CHANNELS: _l("Brevlådor och inläsningsmappar"),
    SetUpStep.CHECK: _l("Kontrollera"),
}


class AuthoritySetUp(Base):
    """A step of the guided set-up that somebody has gone through; what they did stands in the register itself."""

    __tablename__ = "authority_set_up"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    step: Mapped[SetUpStep] = mapped_column(ClosedList(SetUpStep), primary_key=True)
    done_at: Mapped[dt.datetime] = mapped_column(default=now)
    done_by_name: Mapped[str] = mapped_column(String(200))


class YearSetUp(Base):
    """A new year that an authority is prepared for."""

    __tablename__ = "year_set_up"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    done_at: Mapped[dt.datetime] = mapped_column(default=now)
    done_by_name: Mapped[str] = mapped_column(String(200))
