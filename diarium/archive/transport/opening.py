"""Opens the transport of an agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

from diarium.archive.agreement_models import TransportKind
from diarium.archive.transport import settings as kept_settings
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.folder import FolderTransport
from diarium.archive.transport.port import Transport
from diarium.archive.transport.settings import FolderSettings, SftpSettings
from diarium.i18n import gettext as _
from diarium.settings import DeliverySettings

Opener = Callable[[TransportKind, Mapping[str, Any], DeliverySettings], AbstractContextManager[Transport]]
"""Opens a connection to a receiver for as long as the block lasts."""


@contextmanager
def open_transport(kind: TransportKind, facts: Mapping[str, Any], policy: DeliverySettings) -> Iterator[Transport]:
    """The transport with the settings `facts` of an agreement. Raises: TransportError."""
    try:
        settings = kept_settings.kept(kind, facts)
    except TypeError:  # the agreement has been changed since
        raise TransportError(_("Överenskommelsen säger nu ett annat sätt att sända.")) from None
    if settings is None:
        raise TransportError(_("Paketet hämtas av arkivarien. Det finns ingen förbindelse att pröva."))
    if isinstance(settings, FolderSettings):
        yield FolderTransport(settings, policy)
    elif isinstance(settings, SftpSettings):
        from diarium.archive.transport.sftp import SftpTransport

        with closing(SftpTransport(settings, policy)) as sftp:
            yield sftp
    else:
        # These libraries are large; processes that send nothing do not load them.
        from diarium.archive.transport.s3 import S3Transport

        with closing(S3Transport(settings, policy)) as bucket:
            yield bucket
