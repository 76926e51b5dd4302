"""Authorities, their units and their number series."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from diarium.db.base import Base, Identified
from diarium.register import numbering, rules
from diarium.register.vocabulary import PartyKind


class Authority(Identified, Base):
    """A board or other public body with a register of its own (OSL 8 kap. 1 §).

    `publish_after_days`: working days from the registration until the web register shows the facts.
    """

    __tablename__ = "authority"

    code: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    organisation_number: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    postal_address: Mapped[str | None] = mapped_column(String(300))
    active_from: Mapped[dt.date]
    active_to: Mapped[dt.date | None]
    publish_after_days: Mapped[int] = mapped_column(default=0)

    series: Mapped[list[DiarySeries]] = relationship(back_populates="authority", order_by="DiarySeries.id")
    units: Mapped[list[Unit]] = relationship(back_populates="authority", order_by="Unit.name")

    @validates("organisation_number")
    def _organisation_number(self, _key: str, value: str | None) -> str | None:
        return rules.identity_number(PartyKind.AUTHORITY, value, "organisation_number")


class Unit(Identified, Base):
    """A part of the staff that works for an authority."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("authority_id", "name"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    name: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)

    authority: Mapped[Authority] = relationship(back_populates="units")


class UnitMember(Base):
    """A user who works in a unit: the unit's cases are on their list."""

    __tablename__ = "unit_member"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, index=True)


class DiarySeries(Identified, Base):
    """A number series. `number_format` is a pattern such as `{series} {year}/{number}` (see `numbering`).

    `is_restricted`: only numbers and dates are shown to the public (OSF 2009:641 3 §). It gives numbers while it
    is active, from `opens_on` to `closes_on` where these are set: a new year can be prepared beforehand.
    """

    __tablename__ = "diary_series"
    __table_args__ = (UniqueConstraint("authority_id", "code"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    code: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    number_format: Mapped[str] = mapped_column(String(80), default=numbering.DEFAULT_FORMAT)
    restarts_yearly: Mapped[bool] = mapped_column(default=True)
    is_restricted: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    opens_on: Mapped[dt.date | None]
    closes_on: Mapped[dt.date | None]

    authority: Mapped[Authority] = relationship(back_populates="series")

    def gives_numbers_on(self, day: dt.date) -> bool:
        """Whether a case that is opened on `day` can get a number of it."""
        opened = self.opens_on is None or self.opens_on <= day
        return self.is_active and opened and (self.closes_on is None or self.closes_on >= day)

    @validates("number_format")
    def _number_format(self, _key: str, value: str) -> str:
        return numbering.check_format(value)


class SeriesCounter(Base):
    """The last number given in a series and year. Locked while a number is allotted; never counted from rows."""

    __tablename__ = "series_counter"

    series_id: Mapped[int] = mapped_column(ForeignKey("diary_series.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int]
