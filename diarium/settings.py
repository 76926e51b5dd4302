"""All settings, typed and in one place. Nothing else reads the environment."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
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


class IndexEngine(StrEnum):
    """What makes the full-text indexes. `AUTO`: what was chosen with `diarium search use`, else what suits."""

    AUTO = "auto"
    WHOOSH = "whoosh"
    TANTIVY = "tantivy"


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
class ApiSettings:
    """The APIs, what they send out, and the open data.

    `calls_per_minute` (DIARIUM_API_CALLS_PER_MINUTE): how often a token may call; without one, an address.
    `open_calls_per_minute` (DIARIUM_PUBLIC_API_CALLS_PER_MINUTE): how often an address may call the open API.
    `webhook_networks` (DIARIUM_WEBHOOK_NETWORKS): networks of our own that webhooks may reach, as 10.20.0.0/16.
    `webhook_allows_http` (DIARIUM_WEBHOOK_HTTP): set to 1 to let webhooks go without encryption.
    `webhook_key` (DIARIUM_WEBHOOK_KEY): makes the webhooks' secrets; made once in the data folder if absent.
    `place` (DIARIUM_PLACE): the address that stands for the municipality in the catalogue of open data.
    """

    calls_per_minute: int = 600
    open_calls_per_minute: int = 300
    webhook_networks: tuple[str, ...] = ()
    webhook_allows_http: bool = False
    webhook_key: str = field(default="", repr=False)
    place: str = "http://publications.europa.eu/resource/authority/country/SWE"


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Where packages may be sent. What is not listed here can't be reached from an agreement.

    `folders` (DIARIUM_DELIVERY_FOLDERS): folders in or below which packages may be put and receipts be read.
    `hosts` (DIARIUM_DELIVERY_HOSTS): SFTP servers and S3 services, as `sftp.arkivet.se` or `s3.arkivet.se:9000`;
    without a port the usual one.
    `keys` (DIARIUM_DELIVERY_KEYS): folder with private keys for SFTP, named as the agreements name them.
    `allows_http` (DIARIUM_DELIVERY_HTTP): set to 1 to let S3 go without encryption.

    DIARIUM_DELIVERY_SECRET_…: passwords and access keys, named by the agreements; read by `secret` when needed.
    """

    folders: tuple[Path, ...] = ()
    hosts: tuple[str, ...] = ()
    keys: Path | None = None
    allows_http: bool = False


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """How the staff log in.

    `requires_second_factor` (DIARIUM_SECOND_FACTOR=required): after a password, everybody has to show a code.
    `factor_key` (DIARIUM_FACTOR_KEY): encrypts the secrets of code apps; made once in the data folder if absent.
    """

    requires_second_factor: bool = False
    factor_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OperationsSettings:
    """How the installation is watched, and what one question may cost.

    `metrics` (DIARIUM_METRICS): address for Prometheus, as 127.0.0.1:9400; none if empty. It tells nothing of any
    case, but how much is done: keep it from the public.
    `worker_metrics` (DIARIUM_WORKER_METRICS): the same for a worker, which is a process of its own.
    `slow_statement_ms` (DIARIUM_SLOW_STATEMENT_MS): database statements that take longer are logged.
    `statement_seconds` (DIARIUM_STATEMENT_SECONDS): longest database statement of a page or an API call.
    `pool_size` (DIARIUM_POOL_SIZE): connections to PostgreSQL that a process keeps open; as many more at a rush.
    """

    metrics: tuple[str, int] | None = None
    worker_metrics: tuple[str, int] | None = None
    slow_statement_ms: int = 500
    statement_seconds: int = 30
    pool_size: int = 10


@dataclass(frozen=True, slots=True)
class PackageSettings:
    """Packages that are handed in to be checked.

    `folders` (DIARIUM_PACKAGE_FOLDERS): folders on the server whose packages may be checked where they lie.
    `max_bytes` (DIARIUM_MAX_PACKAGE_MB): the largest package that may be uploaded.
    `check_minutes` (DIARIUM_PACKAGE_CHECK_MINUTES): how long the check of one package may take.
    `check_memory` (DIARIUM_PACKAGE_CHECK_MEMORY_MB): how much memory it may take, in bytes.
    `days_kept` (DIARIUM_PACKAGE_DAYS): how long a package is kept.
    """

    folders: tuple[Path, ...] = ()
    max_bytes: int = 4096 * 1024 * 1024
    check_minutes: int = 240
    check_memory: int = 4096 * 1024 * 1024
    days_kept: int = 30


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
    mail: MailSettings = MailSettings()
    api: ApiSettings = ApiSettings()
    packages: PackageSettings = PackageSettings()
    delivery: DeliverySettings = DeliverySettings()
    login: LoginSettings = LoginSettings()
    operations: OperationsSettings = OperationsSettings()
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
        index_engine=_index_engine(environ),
        search_engines=environ.get("DIARIUM_WEB_INDEXING", "0") == "1",
        secure_cookies=environ.get("DIARIUM_SECURE_COOKIES", "0") == "1",
        max_upload_bytes=_whole_number(environ, "DIARIUM_MAX_UPLOAD_MB", 200, 1, 100_000) * 1024 * 1024,
        secret_key=environ.get("DIARIUM_SECRET_KEY", ""),
        seal_key=environ.get("DIARIUM_SEAL_KEY", ""),
        mail=_mail(environ),
        api=_api(environ),
        packages=_packages(environ),
        login=_login(environ),
        operations=_operations(environ),
        delivery=_delivery(environ),
        letterbox_url=_letterbox_url(environ, data),
        public_url=_web_address(environ, "DIARIUM_PUBLIC_URL"),
        disposal_four_eyes=environ.get("DIARIUM_DISPOSAL_FOUR_EYES", "1") != "0",
        staff_url=_web_address(environ, "DIARIUM_STAFF_URL"),
        backup_recipients=tuple(environ.get("DIARIUM_BACKUP_RECIPIENTS", "").replace(",", " ").split()),
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


def _letterbox_url(environ: Mapping[str, str], data: Path) -> str:
    given = environ.get("DIARIUM_LETTERBOX_URL")
    if given:
        return given
    public = _public_url(environ, data)
    return public if public.startswith("postgresql") else ""


def _web_address(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "").strip().rstrip("/")
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?", text):
        raise SettingsError(
            _("%(name)s ska vara en webbadress som https://diarium.kommunen.se, inte ”%(text)s”.",
              name=name, text=text)
        )  # fmt: skip
    return text


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


def _api(environ: Mapping[str, str]) -> ApiSettings:
    standard = ApiSettings()
    most = 1_000_000
    return ApiSettings(
        calls_per_minute=_whole_number(
            environ, "DIARIUM_API_CALLS_PER_MINUTE", standard.calls_per_minute, 1, most
        ),
        open_calls_per_minute=_whole_number(
            environ, "DIARIUM_PUBLIC_API_CALLS_PER_MINUTE", standard.open_calls_per_minute, 1, most
        ),
        webhook_networks=_networks(environ.get("DIARIUM_WEBHOOK_NETWORKS", "")),
        webhook_allows_http=environ.get("DIARIUM_WEBHOOK_HTTP", "0") == "1",
        webhook_key=environ.get("DIARIUM_WEBHOOK_KEY", ""),
        place=_web_address(environ, "DIARIUM_PLACE") or standard.place,
    )


def _delivery(environ: Mapping[str, str]) -> DeliverySettings:
    written = environ.get("DIARIUM_DELIVERY_FOLDERS", "").split(os.pathsep)
    folders = [Path(text.strip()) for text in written if text.strip()]
    keys = environ.get("DIARIUM_DELIVERY_KEYS", "").strip()
    for folder in [*folders, *([Path(keys)] if keys else [])]:
        if not folder.is_absolute():
            raise SettingsError(
                _("DIARIUM_DELIVERY_FOLDERS och DIARIUM_DELIVERY_KEYS ska vara hela sökvägar, inte ”%(text)s”.",
                  text=folder)
            )  # fmt: skip
    hosts = tuple(environ.get("DIARIUM_DELIVERY_HOSTS", "").replace(",", " ").lower().split())
    for host in hosts:
        if not re.fullmatch(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", host):
            raise SettingsError(
                _("DIARIUM_DELIVERY_HOSTS ska vara servernamn som sftp.arkivet.se eller s3.arkivet.se:9000, med "
                  "komma emellan, inte ”%(text)s”.", text=host)
            )  # fmt: skip
    return DeliverySettings(
        folders=tuple(folders),
        hosts=hosts,
        keys=Path(keys) if keys else None,
        allows_http=environ.get("DIARIUM_DELIVERY_HTTP", "0") == "1",
    )


def _login(environ: Mapping[str, str]) -> LoginSettings:
    wanted = environ.get("DIARIUM_SECOND_FACTOR") or "optional"
    if wanted not in ("optional", "required"):
        raise SettingsError(
            _("DIARIUM_SECOND_FACTOR ska vara optional eller required, inte ”%(text)s”.", text=wanted)
        )
    return LoginSettings(
        requires_second_factor=wanted == "required", factor_key=environ.get("DIARIUM_FACTOR_KEY", "")
    )


def _operations(environ: Mapping[str, str]) -> OperationsSettings:
    standard = OperationsSettings()
    return OperationsSettings(
        metrics=_listening(environ, "DIARIUM_METRICS"),
        worker_metrics=_listening(environ, "DIARIUM_WORKER_METRICS"),
        slow_statement_ms=_whole_number(
            environ, "DIARIUM_SLOW_STATEMENT_MS", standard.slow_statement_ms, 1, 3_600_000
        ),
        statement_seconds=_whole_number(environ, "DIARIUM_STATEMENT_SECONDS", standard.statement_seconds, 1, 3600),
        pool_size=_whole_number(environ, "DIARIUM_POOL_SIZE", standard.pool_size, 1, 1000),
    )


def _listening(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    text = environ.get(name, "").strip()
    host, colon, port = text.rpartition(":")
    if not text:
        return None
    if not (colon and host and port.isdigit() and 1 <= int(port) <= 65535):
        raise SettingsError(
            _("%(name)s ska vara adress och port som 127.0.0.1:9400, inte ”%(text)s”.", name=name, text=text)
        )
    return host.strip("[]"), int(port)


def _packages(environ: Mapping[str, str]) -> PackageSettings:
    mib = 1024 * 1024
    folders = [Path(part) for part in environ.get("DIARIUM_PACKAGE_FOLDERS", "").split(os.pathsep) if part.strip()]
    if not all(folder.is_absolute() for folder in folders):
        raise SettingsError(
            _("DIARIUM_PACKAGE_FOLDERS ska vara hela sökvägar, som /srv/leveranser, åtskilda med kolon.")
        )
    return PackageSettings(
        folders=tuple(folder.resolve() for folder in folders),
        max_bytes=_whole_number(environ, "DIARIUM_MAX_PACKAGE_MB", 4096, 1, 1_000_000) * mib,
        check_minutes=_whole_number(environ, "DIARIUM_PACKAGE_CHECK_MINUTES", 240, 1, 10_000),
        check_memory=_whole_number(environ, "DIARIUM_PACKAGE_CHECK_MEMORY_MB", 4096, 512, 1_000_000) * mib,
        days_kept=_whole_number(environ, "DIARIUM_PACKAGE_DAYS", 30, 1, 3650),
    )


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(part, strict=False)) for part in text.replace(",", " ").split())
    except ValueError:
        raise SettingsError(
            _(
                "DIARIUM_WEBHOOK_NETWORKS ska vara nät som 10.20.0.0/16, med komma emellan, inte ”%(text)s”.",
                text=text,
            )
        ) from None


def _whole_number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(
            _("%(name)s ska vara ett heltal mellan %(low)s och %(high)s, inte ”%(text)s”.",
              name=name, low=low, high=high, text=text)
        )  # fmt: skip
    return int(text)


def _index_engine(environ: Mapping[str, str]) -> IndexEngine:
    text = environ.get("DIARIUM_SEARCH_ENGINE") or "auto"
    try:
        return IndexEngine(text)
    except ValueError:
        raise SettingsError(
            _("DIARIUM_SEARCH_ENGINE ska vara auto, whoosh eller tantivy, inte ”%(text)s”.", text=text)
        ) from None


def _role(environ: Mapping[str, str]) -> Role:
    text = environ.get("DIARIUM_ROLE", "all")
    try:
        return Role(text)
    except ValueError:
        raise SettingsError(
            _("DIARIUM_ROLE ska vara all, staff eller public, inte ”%(text)s”.", text=text)
        ) from None
