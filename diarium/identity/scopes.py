"""What a program with an access token may do: a part of what its user may, never more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import POLICY, Permission, Role


class TokenScope(StrEnum):
    """A group of operations of the API. The values are part of the API: never change them."""

    REGISTER_READ = "register:read"
    REGISTER_WRITE = "register:write"
    SECRECY_WRITE = "secrecy:write"
    SEARCH_READ = "search:read"
    INTAKE_READ = "intake:read"
    INTAKE_WRITE = "intake:write"
    WEBHOOKS_MANAGE = "webhooks:manage"
    PACKAGES_VALIDATE = "packages:validate"


SCOPE_LABELS: Mapping[TokenScope, str] = {
    TokenScope.REGISTER_READ: _l("Läsa ärenden, handlingar och filer"),
    TokenScope.REGISTER_WRITE: _l("Registrera, rätta, makulera och avsluta"),
    TokenScope.SECRECY_WRITE: _l("Göra sekretessmarkeringar"),
    TokenScope.SEARCH_READ: _l("Söka"),
    TokenScope.INTAKE_READ: _l("Följa det som har lämnats till inkorgen"),
    TokenScope.INTAKE_WRITE: _l("Lämna till inkorgen"),
    TokenScope.WEBHOOKS_MANAGE: _l("Sköta webhookar"),
    TokenScope.PACKAGES_VALIDATE: _l("Kontrollera arkivpaket"),
}

_NEEDS: Mapping[TokenScope, Permission] = {
    TokenScope.REGISTER_READ: Permission.READ,
    TokenScope.REGISTER_WRITE: Permission.REGISTER,
    TokenScope.SECRECY_WRITE: Permission.MARK,
    TokenScope.SEARCH_READ: Permission.READ,
    TokenScope.INTAKE_READ: Permission.REGISTER,
    TokenScope.INTAKE_WRITE: Permission.REGISTER,
    TokenScope.WEBHOOKS_MANAGE: Permission.ADMINISTER,
    TokenScope.PACKAGES_VALIDATE: Permission.EXPORT,
}


def usable_with(roles: Iterable[Role]) -> frozenset[TokenScope]:
    """The scopes that somebody with `roles` can make any use of."""
    permissions = {permission for role in roles for permission in POLICY[role]}
    return frozenset(scope for scope, needed in _NEEDS.items() if needed in permissions)


def written(scopes: Collection[TokenScope]) -> str:
    """`scopes` as a token keeps them."""
    return " ".join(sorted(scope.value for scope in scopes))


def read(text: str) -> frozenset[TokenScope]:
    """The scopes that a token keeps as `text`; one that no longer exists allows nothing."""
    return frozenset(TokenScope(word) for word in text.split() if word in list(TokenScope))
