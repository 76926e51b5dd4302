"""All settings, typed and in one place. Nothing else reads the environment."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from diarium.errors import DomainError
from diarium.i18n import gettext as _


class Role(StrEnum):
    """What this process serves."""

    ALL = "all"
    STAFF = "staff"
    PUBLIC = "public"


class MailSecurity(StrEnum):
    """How the line to the mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SettingsError(DomainError):
    """A setting that can't be used; the message names it."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The way out for e-mail; without a host nothing is sent and the pages say so.

    `host`, `port` (DIARIUM_SMTP_HOST, DIARIUM_SMTP_PORT): the mail server; its port is by default 465, 587 or 25,
    whichever goes with the protection.
    `security` (DIARIUM_SMTP_SECURITY): `tls`, `starttls` or `none`. The server's certificate is always verified.
    `username`, `password` (DIARIUM_SMTP_USERNAME, DIARIUM_SMTP_PASSWORD): only over a protected line.
    `sender` (DIARIUM_SMTP_FROM): the address that letters come from; by default the authority's own. Answers go
    to the authority's address either way.
    `max_bytes` (DIARIUM_SMTP_MAX_MB): how much the attachments of one letter may weigh together.
    """

    host: str = ""
    port: int = 587
    security: MailSecurity = MailSecurity.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    max_bytes: int = 20_000_000

    @property
    def is_configured(self) -> bool:
        """Whether there is a mail server at all."""
        return bool(self.host)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Paths are absolute.

    `data` (DIARIUM_DATA): folder of everything that is kept. Default: `var/` of the working folder.
    `index_folder`: full-text indexes, `public_index_folder` apart from the internal one.
    `export_folder`: packages.
    `database_url` (DIARIUM_DATABASE_URL): SQLAlchemy address of the register.
    `public_database_url` (DIARIUM_PUBLIC_DATABASE_URL): address of the public projection.
    `organisation_name`, `organisation_email` (DIARIUM_ORGANISATION, DIARIUM_CONTACT): shown to the public.
    `secret_key` (DIARIUM_SECRET_KEY): signs sessions; made once and kept in the data folder if not given.
    `seal_key` (DIARIUM_SEAL_KEY): signs the seals over the log; made once and kept in the data folder if absent.
    `secure_cookies` (DIARIUM_SECURE_COOKIES): set to 1 behind HTTPS.
    `max_upload_bytes` (DIARIUM_MAX_UPLOAD_MB): largest request body.
    `mail` (DIARIUM_SMTP_…): the way out for e-mail, see `MailSettings`.

    DIARIUM_MAILBOX_…: passwords of the mailboxes from which mail is collected; each mailbox names its variable.
    They are not kept here but read by `secret` when they are needed.
    """

    data: Path
    index_folder: Path
    export_folder: Path
    database_url: str
    public_database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    role: Role = Role.ALL
    organisation_name: str = "Ekdala kommun"
    organisation_email: str = "registrator@ekdala.example"
    secure_cookies: bool = False
    max_upload_bytes: int = 200 * 1024 * 1024
    secret_key: str = field(default="", repr=False)
    seal_key: str = field(default="", repr=False)
    mail: MailSettings = MailSettings()

    @property
    def blob_folder(self) -> Path:
        """Where file contents lie, by checksum."""
        return self.data / "files"

    @property
    def internal_index_folder(self) -> Path:
        """The index of the whole register."""
        return self.index_folder / "internal"

    @property
    def public_index_folder(self) -> Path:
        """The index of what the public may see."""
        return self.index_folder / "public"

    @property
    def public_blob_folder(self) -> Path:
        """Copies of released files: the public side never opens the register's own store."""
        return self.data / "public-files"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the environment. Raises: SettingsError with the name of the setting that can't be used.

    With DIARIUM_DATA given, everything lies in that folder; without it, the folders of the checkout are used:
    `var/`, `search_index/` and `exports/`.
    """
    given = environ.get("DIARIUM_DATA")
    here = Path.cwd()
    data = Path(given).expanduser().resolve() if given else here / "var"
    base = data if given else here
    return Settings(
        data=data,
        index_folder=base / "search_index",
        export_folder=base / "exports",
        database_url=environ.get("DIARIUM_DATABASE_URL") or f"sqlite:///{data / 'register.sqlite'}",
        public_database_url=_public_url(environ, data),
        host=environ.get("DIARIUM_HOST", "127.0.0.1"),
        port=_whole_number(environ, "DIARIUM_PORT", 8000, 1, 65535),
        role=_role(environ),
        organisation_name=environ.get("DIARIUM_ORGANISATION", "Ekdala kommun"),
        organisation_email=environ.get("DIARIUM_CONTACT", "registrator@ekdala.example"),
        secure_cookies=environ.get("DIARIUM_SECURE_COOKIES", "0") == "1",
        max_upload_bytes=_whole_number(environ, "DIARIUM_MAX_UPLOAD_MB", 200, 1, 100_000) * 1024 * 1024,
        secret_key=environ.get("DIARIUM_SECRET_KEY", ""),
        seal_key=environ.get("DIARIUM_SEAL_KEY", ""),
        mail=_mail(environ),
    )


def secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The secret in the environment variable `name`. Raises: SettingsError if it is not set."""
    value = environ.get(name, "")
    if not value:
        raise SettingsError(_("Miljövariabeln %(name)s är inte satt för den här processen.", name=name))
    return value


def session_secret(settings: Settings) -> str:
    """The key that signs sessions: from the environment, else made once and kept in the data folder (0600)."""
    return settings.secret_key or kept_key(settings.data, "secret_key", lambda: secrets.token_urlsafe(48))


def kept_key(data: Path, name: str, make: Callable[[], str]) -> str:
    """The key in the file `name` of the data folder (0600); made by `make` the first time it is asked for."""
    path = data / name
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        # Written whole under another name first: a process that starts at the same time never reads half a key.
        draft = path.with_name(f"{name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii")


def _public_url(environ: Mapping[str, str], data: Path) -> str:
    given = environ.get("DIARIUM_PUBLIC_DATABASE_URL")
    if given:
        return given
    register = environ.get("DIARIUM_DATABASE_URL", "")
    return register if register.startswith("postgresql") else f"sqlite:///{data / 'public.sqlite'}"


def _mail(environ: Mapping[str, str]) -> MailSettings:
    security = environ.get("DIARIUM_SMTP_SECURITY") or MailSecurity.STARTTLS
    if security not in list(MailSecurity):
        raise SettingsError(
            _("DIARIUM_SMTP_SECURITY ska vara tls, starttls eller none, inte ”%(text)s”.", text=security)
        )
    username = environ.get("DIARIUM_SMTP_USERNAME", "")
    if username and security == MailSecurity.NONE:
        raise SettingsError(
            _("DIARIUM_SMTP_USERNAME kräver att DIARIUM_SMTP_SECURITY är tls eller starttls: lösenordet skulle "
              "annars gå öppet över nätet.")
        )  # fmt: skip
    usual = {MailSecurity.TLS: 465, MailSecurity.STARTTLS: 587, MailSecurity.NONE: 25}[MailSecurity(security)]
    return MailSettings(
        host=environ.get("DIARIUM_SMTP_HOST", "").strip(),
        port=_whole_number(environ, "DIARIUM_SMTP_PORT", usual, 1, 65535),
        security=MailSecurity(security),
        username=username,
        password=environ.get("DIARIUM_SMTP_PASSWORD", ""),
        sender=environ.get("DIARIUM_SMTP_FROM", "").strip(),
        max_bytes=_whole_number(environ, "DIARIUM_SMTP_MAX_MB", 20, 1, 1000) * 1_000_000,
    )


def _whole_number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(
            _("%(name)s ska vara ett heltal mellan %(low)s och %(high)s, inte ”%(text)s”.",
              name=name, low=low, high=high, text=text)
        )  # fmt: skip
    return int(text)


def _role(environ: Mapping[str, str]) -> Role:
    text = environ.get("DIARIUM_ROLE", "all")
    try:
        return Role(text)
    except ValueError:
        raise SettingsError(
            _("DIARIUM_ROLE ska vara all, staff eller public, inte ”%(text)s”.", text=text)
        ) from None
