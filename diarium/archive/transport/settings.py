"""The settings of the transports as agreements keep them: read, checked, and never a secret among them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from diarium import texts
from diarium.archive.agreement_models import TransportKind
from diarium.archive.transport.errors import InvalidTransport
from diarium.i18n import gettext as _
from diarium.settings import DeliverySettings

SECRET_PREFIX = "DIARIUM_DELIVERY_SECRET_"  # noqa: S105 (the name of a variable)
DEFAULT_REGION = "us-east-1"
_MOST = 500
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:.]{2,45}\]")
_SECRET_NAME = re.compile(r"[A-Z0-9][A-Z0-9_]{0,59}")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """`path`: where packages are put; `return_path`: where receipts are found."""

    path: str
    return_path: str = ""


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """`secret`: the name of a key file or of a password, see `logins`. `host_keys`: the accepted fingerprints."""

    host: str
    username: str
    secret: str
    port: int = 22
    folder: str = ""
    return_folder: str = ""
    host_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class S3Settings:
    """`secret`: the name of the access key, see `logins`. `prefix` and `return_prefix` end with a slash or are
    empty.
    """

    endpoint: str
    bucket: str
    secret: str
    region: str = DEFAULT_REGION
    prefix: str = ""
    return_prefix: str = ""


AnySettings = FolderSettings | SftpSettings | S3Settings


def checked(kind: TransportKind, facts: Mapping[str, Any], policy: DeliverySettings) -> dict[str, Any]:
    """`facts` of a form in the form in which they are kept.

    Raises: InvalidTransport, InvalidText at the field that is wrong, or leads where `policy` lets nothing go.
    """
    if kind is TransportKind.DOWNLOAD:
        return {}
    settings: AnySettings
    if kind is TransportKind.FOLDER:
        settings = _folder(facts, policy)
    else:
        settings = _sftp(facts, policy) if kind is TransportKind.SFTP else _s3(facts, policy)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings).items()}


def kept(kind: TransportKind, facts: Mapping[str, Any]) -> AnySettings | None:
    """The settings as an agreement keeps them; None for a download."""
    if kind is TransportKind.FOLDER:
        return FolderSettings(**facts)
    if kind is TransportKind.SFTP:
        return SftpSettings(**{**facts, "host_keys": tuple(facts.get("host_keys", ()))})
    return S3Settings(**facts) if kind is TransportKind.S3 else None


def checked_fingerprints(given: str | Sequence[str]) -> tuple[str, ...]:
    """The fingerprints of host keys, from a text or a list. Raises: InvalidTransport at `host_keys`."""
    found = given.replace(",", " ").split() if isinstance(given, str) else [str(item) for item in given]
    for text in found:
        if not _FINGERPRINT.fullmatch(text):
            raise InvalidTransport(
                _("Skriv fingeravtrycket som SHA256: följt av 43 tecken, ett på varje rad."), field="host_keys"
            )
    return tuple(dict.fromkeys(found))


def require_allowed_host(host: str, port: int, usual: int, policy: DeliverySettings) -> None:
    """Raises: InvalidTransport unless the operator lets packages go to `host` and `port`."""
    name = host.lower()
    allowed = f"{name}:{port}" in policy.hosts or (port == usual and name in policy.hosts)
    if not allowed:
        raise InvalidTransport(
            _("Servern %(host)s är inte tillåten som mottagare. Be den som sköter systemet att lägga till den i "
              "DIARIUM_DELIVERY_HOSTS.", host=host if port == usual else f"{host}:{port}"),
            field="host",
        )  # fmt: skip


def allowed_folder(path: str, policy: DeliverySettings, field: str = "path") -> Path:
    """The real folder behind `path`. Raises: InvalidTransport unless it lies in or below an allowed one."""
    folder = Path(path)
    if not folder.is_absolute() or ".." in folder.parts or "\x00" in path:
        raise InvalidTransport(_("Ange hela sökvägen till mappen, som /srv/leveranser/arkivet."), field=field)
    try:
        real = folder.resolve()
        is_allowed = any(real.is_relative_to(root.resolve()) for root in policy.folders)
    except (OSError, RuntimeError):  # a loop of links
        is_allowed, real = False, folder
    if not is_allowed:
        raise InvalidTransport(
            _("Mappen %(path)s ligger inte under någon mapp som får användas. Be den som sköter systemet att "
              "lägga till den i DIARIUM_DELIVERY_FOLDERS.", path=path),
            field=field,
        )  # fmt: skip
    return real


def endpoint_parts(endpoint: str, policy: DeliverySettings) -> tuple[str, int, int]:
    """(host, port, usual port) of an S3 service. Raises: InvalidTransport at `endpoint`."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, parts, port = "", urlsplit(""), None
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not host or not is_plain:
        raise InvalidTransport(_("Skriv tjänstens adress, som https://s3.arkivet.se."), field="endpoint")
    if parts.scheme == "http" and not policy.allows_http:
        raise InvalidTransport(_("Adressen ska börja med https://."), field="endpoint")
    usual = 443 if parts.scheme == "https" else 80
    return (f"[{host}]" if ":" in host else host), port or usual, usual


def _folder(facts: Mapping[str, Any], policy: DeliverySettings) -> FolderSettings:
    path = texts.required_line(_text(facts, "path"), _MOST, "path", _("Ange mappen som paketen läggs i."))
    allowed_folder(path, policy)
    back = texts.line(_text(facts, "return_path"), _MOST, "return_path")
    if back:
        allowed_folder(back, policy, "return_path")
    return FolderSettings(path, back)


def _sftp(facts: Mapping[str, Any], policy: DeliverySettings) -> SftpSettings:
    host = texts.required_line(_text(facts, "host"), 255, "host", _("Ange serverns namn, som sftp.arkivet.se."))
    if not _HOST.fullmatch(host):
        raise InvalidTransport(_("Skriv bara serverns namn, som sftp.arkivet.se."), field="host")
    port = _port(_text(facts, "port"))
    require_allowed_host(host, port, 22, policy)
    username = texts.required_line(
        _text(facts, "username"), 120, "username", _("Ange användarnamnet hos servern.")
    )
    return SftpSettings(
        host=host,
        username=username,
        secret=_secret_name(facts),
        port=port,
        folder=_remote_folder(facts, "folder"),
        return_folder=_remote_folder(facts, "return_folder"),
        host_keys=checked_fingerprints(facts.get("host_keys", "")),
    )


def _s3(facts: Mapping[str, Any], policy: DeliverySettings) -> S3Settings:
    endpoint = texts.required_line(
        _text(facts, "endpoint"), _MOST, "endpoint", _("Skriv tjänstens adress, som https://s3.arkivet.se.")
    ).rstrip("/")
    host, port, usual = endpoint_parts(endpoint, policy)
    try:
        require_allowed_host(host, port, usual, policy)
    except InvalidTransport as error:
        raise InvalidTransport(error.message, field="endpoint") from None
    bucket = texts.required_line(_text(facts, "bucket"), 63, "bucket", _("Ange hinken (bucket)."))
    if not _BUCKET.fullmatch(bucket):
        raise InvalidTransport(_("En hinks namn har bara små bokstäver, siffror, punkt och bindestreck."),
                               field="bucket")  # fmt: skip
    region = texts.line(_text(facts, "region"), 60, "region") or DEFAULT_REGION
    if not re.fullmatch(r"[a-z0-9-]+", region):
        raise InvalidTransport(_("Skriv regionen som eu-north-1."), field="region")
    return S3Settings(
        endpoint, bucket, _secret_name(facts), region, _prefix(facts, "prefix"), _prefix(facts, "return_prefix")
    )


def _secret_name(facts: Mapping[str, Any]) -> str:
    name = texts.required_line(
        _text(facts, "secret"),
        200,
        "secret",
        _("Ange namnet på hemligheten. Själva hemligheten skrivs aldrig här."),
    )
    name = name.removeprefix(SECRET_PREFIX)
    if not _SECRET_NAME.fullmatch(name):
        raise InvalidTransport(
            _("Namnet har bara stora bokstäver, siffror och understreck, som ARKIVET. Skriv aldrig lösenordet "
              "här."),
            field="secret",
        )  # fmt: skip
    return name


def _remote_folder(facts: Mapping[str, Any], field: str) -> str:
    folder = texts.line(_text(facts, field), _MOST, field)
    if ".." in folder.split("/") or "\\" in folder:
        raise InvalidTransport(_("Skriv mappen som leveranser/diariet, utan två punkter."), field=field)
    return folder if folder == "/" else folder.rstrip("/")


def _prefix(facts: Mapping[str, Any], field: str) -> str:
    prefix = texts.line(_text(facts, field), _MOST, field).strip("/")
    if ".." in prefix.split("/"):
        raise InvalidTransport(_("Skriv mappen som leveranser/diariet, utan två punkter."), field=field)
    return f"{prefix}/" if prefix else ""


def _port(text: str) -> int:
    if not text.strip():
        return 22
    if not re.fullmatch(r"[0-9]{1,5}", text.strip()) or not 1 <= int(text) <= 65535:
        raise InvalidTransport(_("Porten är ett tal mellan 1 och 65535."), field="port")
    return int(text)


def _text(facts: Mapping[str, Any], field: str) -> str:
    value = facts.get(field)
    return "" if value is None else str(value)
