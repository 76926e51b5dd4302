"""What one case of a package rests on here. Users, provisions and other authorities are made when it names them.

Accounts that are made are inactive and have neither password nor role: names that the register can refer to.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from diarium.archive.importing import matching
from diarium.archive.importing.setting_up import Keys, unit_row
from diarium.archive.package_model import (
    PackageClass,
    PackageDocument,
    PackageRestriction,
    PackageUnit,
    PackageUser,
)
from diarium.classification.models import Classification
from diarium.i18n import today
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.register import taking_over
from diarium.register.models import Authority, DiarySeries, Unit
from diarium.secrecy.models import Provision

_DAY = dt.timedelta(days=1)


class Ground:
    """What one case rests on, in one transaction. What it makes is known to others when `commit` says so."""

    def __init__(self, session: Session, actor: Actor, keys: Keys, contents: Mapping[uuid.UUID, str]) -> None:
        self._session = session
        self._actor = actor
        self._keys = keys
        self._contents = contents
        self._users: dict[uuid.UUID, int] = {}
        self._units: dict[uuid.UUID, int] = {}
        self._provisions: dict[str, int] = {}
        self._codes: dict[str, str] = {}

    @property
    def authority(self) -> Authority:
        """Whose cases they become."""
        return self._session.get_one(Authority, self._keys.authority_id)

    def series(self, code: str) -> DiarySeries:
        """The series of a case."""
        return self._session.get_one(DiarySeries, self._keys.series[code])

    def unit(self, item: PackageUnit | None) -> Unit | None:
        """The unit."""
        if item is None:
            return None
        key = self._keys.units.get(item.uid) or self._units.get(item.uid)
        if key is None:
            row = unit_row(self._session, self._actor, self.authority, item, is_active=False)
            key = self._units[item.uid] = row.id
        return self._session.get_one(Unit, key)

    def classification(self, item: PackageClass | None) -> Classification | None:
        """The class."""
        key = self._keys.classes.get(item.uid) if item is not None else None
        return None if key is None else self._session.get_one(Classification, key)

    def user(self, item: PackageUser | None) -> int | None:
        """The account of somebody of the staff."""
        if item is None:
            return None
        key = self._keys.users.get(item.uid) or self._users.get(item.uid)
        if key is None:
            row = matching.users(self._session, [item]).get(item.uid)
            if row is None:
                username = matching.free_username(self._session, item.username)
                row = User(uid=item.uid, username=username, name=item.name, email=item.email, is_active=False)
                taking_over.set_up(self._session, self._actor, [row])
            key = self._users[item.uid] = row.id
        return key

    def provision(self, mark: PackageRestriction) -> Provision:
        """The provision of a marking. One that nobody here has in their table is not offered for new markings."""
        key = self._keys.provisions.get(mark.citation) or self._provisions.get(mark.citation)
        if key is None:
            row = matching.provision(self._session, mark.citation)
            if row is None:
                parts = matching.cited(mark.citation)
                row = Provision(
                    law=parts.law,
                    chapter=parts.chapter,
                    paragraph=parts.paragraph,
                    subject=mark.subject,
                    max_years=mark.max_years,
                    valid_to=today() - _DAY if matching.has_provisions(self._session) else None,
                )
                taking_over.set_up(self._session, self._actor, [row])
            key = self._provisions[mark.citation] = row.id
        return self._session.get_one(Provision, key)

    def authority_code(self, code: str) -> str:
        """The code here of an authority that a marking or share names. One that is made is not in use."""
        if code in ("", self._keys.package_code):
            return self.authority.code
        known = self._keys.codes.get(code) or self._codes.get(code)
        if known is None:
            row = matching.authority_with(self._session, code)
            if row is None:
                day = today()
                first = self.authority.active_from
                ended = matching.ended_before(first, None, day)
                row = Authority(
                    code=code.strip().upper()[:10], name=code[:200], active_from=first, active_to=ended
                )
                taking_over.set_up(self._session, self._actor, [row])
            known = self._codes[code] = row.code
        return known

    def content(self, item: PackageDocument) -> str:
        """The checksum of a file's content, which lies in the store."""
        return self._contents[item.uid]

    def holds(self, sha256: str) -> bool:
        """Whether the package brings content with that checksum in this case."""
        return sha256 in self._contents.values()

    def keeps_shares(self) -> bool:
        """Whether what other authorities are shown goes on: in the same house, in cases that live on."""
        return self._keys.keeps_shares

    def commit(self) -> None:
        """The transaction is through: what was made here can be used by the next case."""
        self._keys.users |= self._users
        self._keys.units |= self._units
        self._keys.provisions |= self._provisions
        self._keys.codes |= self._codes
