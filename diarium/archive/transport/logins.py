"""Where passwords and keys come from: the process's environment and its folder of keys, never the database."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import paramiko

from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.settings import SECRET_PREFIX
from diarium.i18n import gettext as _
from diarium.settings import DeliverySettings, SettingsError, secret

_KEY_TYPES: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class Login:
    """How to log in to an SFTP server: with a key, or else with a password."""

    key: paramiko.PKey | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


def sftp_login(name: str, policy: DeliverySettings, environ: Mapping[str, str] = os.environ) -> Login:
    """The private key in the file `name` of the key folder, or in the variable; else the password in the variable.

    The key file may have a passphrase: then that is what the variable holds. Raises: TransportError.
    """
    path = policy.keys / name if policy.keys else None
    if path is not None and path.is_file():
        passphrase = environ.get(f"{SECRET_PREFIX}{name}") or None
        try:
            text = path.read_text(encoding="ascii")
        except (OSError, UnicodeError):
            raise TransportError(_("Nyckelfilen %(name)s kan inte läsas.", name=name)) from None
        return Login(key=_key(text, name, passphrase))
    value = _value(name, environ)
    return Login(key=_key(value, name, None)) if "PRIVATE KEY-----" in value else Login(password=value)


def s3_keys(name: str, environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """(access key, secret key) in the variable, written with a colon between. Raises: TransportError."""
    access, colon, key = _value(name, environ).partition(":")
    if not (access and colon and key):
        raise TransportError(
            _("Miljövariabeln %(name)s ska vara åtkomstnyckel:hemlig nyckel.", name=f"{SECRET_PREFIX}{name}")
        )
    return access, key


def _value(name: str, environ: Mapping[str, str]) -> str:
    try:
        return secret(f"{SECRET_PREFIX}{name}", environ)
    except SettingsError as error:
        raise TransportError(error.message) from None


def _key(text: str, name: str, passphrase: str | None) -> paramiko.PKey:
    for kind in _KEY_TYPES:
        try:
            return kind.from_private_key(io.StringIO(text), passphrase)
        except paramiko.PasswordRequiredException:
            raise TransportError(
                _("Nyckeln %(name)s är låst. Lägg dess lösenord i %(variable)s.",
                  name=name, variable=f"{SECRET_PREFIX}{name}")
            ) from None  # fmt: skip
        except (paramiko.SSHException, ValueError):
            continue
    raise TransportError(_("Nyckeln %(name)s är ingen privat nyckel som kan användas.", name=name))
