"""Who may do what: one table, deny unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l


class Role(StrEnum):
    """What a person does at an authority."""

    REGISTRAR = "registrar"
    CASE_OFFICER = "case_officer"
    ARCHIVIST = "archivist"
    ADMINISTRATOR = "administrator"


ROLE_LABELS: Mapping[Role, str] = {
    Role.REGISTRAR: _l("Registrator"),
    Role.CASE_OFFICER: _l("Handläggare"),
    Role.ARCHIVIST: _l("Arkivarie"),
    Role.ADMINISTRATOR: _l("Administratör"),
}


class Permission(StrEnum):
    """What can be allowed, always at one authority."""

    READ = "read"
    READ_RESTRICTED = "read_restricted"
    READ_PROTECTED = "read_protected"
    REGISTER = "register"
    CORRECT = "correct"
    CANCEL = "cancel"
    CLOSE = "close"
    MARK = "mark"
    REVIEW_READINGS = "review_readings"
    DISCLOSE = "disclose"
    EXPORT = "export"
    DISPOSE = "dispose"
    ADMINISTER = "administer"


POLICY: Mapping[Role, frozenset[Permission]] = {
    Role.REGISTRAR: frozenset(
        {
            Permission.READ,
            Permission.READ_RESTRICTED,
            Permission.READ_PROTECTED,
            Permission.REGISTER,
            Permission.CORRECT,
            Permission.CANCEL,
            Permission.CLOSE,
            Permission.MARK,
            Permission.REVIEW_READINGS,
            Permission.DISCLOSE,
        }
    ),
    Role.CASE_OFFICER: frozenset({Permission.READ, Permission.REGISTER, Permission.MARK, Permission.DISCLOSE}),
    Role.ARCHIVIST: frozenset(
        {
            Permission.READ,
            Permission.READ_RESTRICTED,
            Permission.EXPORT,
            Permission.DISPOSE,
            Permission.DISCLOSE,
        }
    ),
    # An administrator runs the system and reads no content by default.
    Role.ADMINISTRATOR: frozenset({Permission.ADMINISTER, Permission.REVIEW_READINGS}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user with roles per authority code, or the system itself (the worker).

    `keys`: what they are let into by name beside the roles (`secrecy.grants.actor_of` brings them; without them
    an actor sees less, never more).
    """

    user_id: int | None
    name: str
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    is_system: bool = False
    keys: frozenset[str] = frozenset()

    def may(self, permission: Permission, authority_code: str) -> bool:
        """Whether the actor has `permission` at the authority."""
        if self.is_system:
            return True
        return any(permission in POLICY[role] for role in self.roles.get(authority_code, ()))

    def require(self, permission: Permission, authority_code: str) -> None:
        """Raises: NotAllowed unless the actor has `permission` at the authority."""
        if not self.may(permission, authority_code):
            raise NotAllowed(_("Du har inte behörighet att göra detta vid %(code)s.", code=authority_code))

    def authorities(self, permission: Permission) -> frozenset[str]:
        """The codes of the authorities where the actor has `permission`."""
        return frozenset(code for code in self.roles if self.may(permission, code))

    @property
    def is_administrator(self) -> bool:
        """Whether the actor administers any authority."""
        return bool(self.authorities(Permission.ADMINISTER))


SYSTEM = Actor(user_id=None, name="diarium", is_system=True)
