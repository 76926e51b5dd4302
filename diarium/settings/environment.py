"""Reads the settings from the environment, and says by name which one can't be used."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path

from diarium.i18n import gettext as _
from diarium.settings.groups import (
    ApiSettings,
    DeliverySettings,
    IndexEngine,
    LoginSettings,
    MailSecurity,
    MailSettings,
    OperationsSettings,
    PackageSettings,
    Role,
    SettingsError,
)
from diarium.settings.process import Settings


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
