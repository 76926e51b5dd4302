"""The settings of one process, and the keys that are kept in its data folder."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diarium.i18n import gettext as _
from diarium.settings.groups import (
    ApiSettings,
    DeliverySettings,
    IndexEngine,
    LoginSettings,
    MailSettings,
    OperationsSettings,
    PackageSettings,
    Role,
    SettingsError,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Paths are absolute.

    `data` (DIARIUM_DATA): folder of everything that is kept. Default: `var/` of the working folder.
    `index_folder`: full-text indexes, `public_index_folder` apart from the internal one.
    `export_folder`: packages.
    `database_url` (DIARIUM_DATABASE_URL): SQLAlchemy address of the register.
    `public_database_url` (DIARIUM_PUBLIC_DATABASE_URL): address of the public projection.
    `letterbox_url` (DIARIUM_LETTERBOX_URL): address of the letterbox, the only thing the public side may write;
    empty for a SQLite file in the data folder, see `letterbox_address`.
    `public_url` (DIARIUM_PUBLIC_URL): where the public side is reached, for links in e-mail; without it nobody can
    follow by e-mail.
    `disposal_four_eyes` (DIARIUM_DISPOSAL_FOUR_EYES): set to 0 where who proposes a disposal may also decide it.
    `staff_url` (DIARIUM_STAFF_URL): where the staff pages are reached, for links in e-mail to staff.
    `backup_recipients` (DIARIUM_BACKUP_RECIPIENTS): age recipients that backups are encrypted to.
    `organisation_name`, `organisation_email` (DIARIUM_ORGANISATION, DIARIUM_CONTACT): shown to the public.
    `index_engine` (DIARIUM_SEARCH_ENGINE): `whoosh`, `tantivy`, or `auto`: by the size of the register.
    `search_engines` (DIARIUM_WEB_INDEXING): set to 1 if search engines may list pages of cases and records.
    `secret_key` (DIARIUM_SECRET_KEY): signs sessions; made once and kept in the data folder if not given.
    `seal_key` (DIARIUM_SEAL_KEY): signs the seals over the log; made once and kept in the data folder if absent.
    `secure_cookies` (DIARIUM_SECURE_COOKIES): set to 1 behind HTTPS.
    `max_upload_bytes` (DIARIUM_MAX_UPLOAD_MB): largest request body.
    `mail` (DIARIUM_SMTP_…): the way out for e-mail, see `MailSettings`.
    `api` (DIARIUM_API_…, DIARIUM_WEBHOOK_…): the APIs and webhooks, see `ApiSettings`.
    `packages` (DIARIUM_PACKAGE_…): packages that are handed in to be checked, see `PackageSettings`.
    `login` (DIARIUM_SECOND_FACTOR …): how the staff log in, see `LoginSettings`.
    `operations` (DIARIUM_METRICS, DIARIUM_STATEMENT_SECONDS …): running it, see `OperationsSettings`.
    `delivery` (DIARIUM_DELIVERY_…): where packages may be sent, see `DeliverySettings`.

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
    index_engine: IndexEngine = IndexEngine.AUTO
    search_engines: bool = False
    secure_cookies: bool = False
    max_upload_bytes: int = 200 * 1024 * 1024
    secret_key: str = field(default="", repr=False)
    seal_key: str = field(default="", repr=False)
    mail: MailSettings = field(default_factory=MailSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    packages: PackageSettings = field(default_factory=PackageSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    login: LoginSettings = field(default_factory=LoginSettings)
    operations: OperationsSettings = field(default_factory=OperationsSettings)
    letterbox_url: str = ""
    public_url: str = ""
    disposal_four_eyes: bool = True
    staff_url: str = ""
    backup_recipients: tuple[str, ...] = ()

    @property
    def letterbox_address(self) -> str:
        """The address of the letterbox's database."""
        return self.letterbox_url or f"sqlite:///{self.data / 'letterbox.sqlite'}"

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
