"""Settings that belong together, as one value each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from diarium.errors import DomainError


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
