"""The worker looks into the return folders of the agreements and takes in what is new there."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, selectinload

from diarium.archive import receipt_reading, receipts
from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.delivery_models import PackageDelivery, PackageReceipt
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.receipts import TextReader
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.opening import Opener, open_transport
from diarium.archive.transport.port import ReturnedFile
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.files.store import BlobStore
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.identity.permissions import SYSTEM
from diarium.settings import DeliverySettings

MOST_AT_ONCE = 200
"""New files of one receiver in a round; the next round takes more."""
_RETURNS = ("return_path", "return_folder", "return_prefix")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReceiptCollector:
    """The worker's round. Files stay where they lie: the receiver's folder is the receiver's to clear."""

    database: Database
    store: BlobStore
    policy: DeliverySettings
    read_text: TextReader | None = None
    opener: Opener = open_transport
    name: str = "receipts"
    every: float = 300.0

    def run(self, stop: threading.Event | None = None) -> int:
        """Takes in what is new; how many files. A receiver that can't be reached is tried the next time.

        Ends soon after `stop` is set.
        """
        with self.database.reading() as session:
            agreements = [one for one in session.scalars(_expecting()) if _has_return(one)]
        taken = 0
        with use_locale(SOURCE_LOCALE):
            for agreement in agreements:
                if stop is not None and stop.is_set():
                    break
                try:
                    taken += self._collect(agreement)
                except TransportError as error:
                    log.warning("receipts can't be fetched", agreement=str(agreement.uid), reason=error.message)
        return taken

    def _collect(self, agreement: DeliveryAgreement) -> int:
        taken = 0
        with self.opener(agreement.transport, agreement.transport_settings, self.policy) as transport:
            for file in self._new(agreement, list(transport.returned())):
                try:
                    content = transport.read_returned(file)
                    text = self._text_of(content, file)  # may take a while: not while the register is locked
                    with self.database.unit_of_work() as session:
                        taken += self._take_in(session, agreement, file, content, text)
                except DomainError as error:  # one bad file must not hide the others
                    log.warning("a returned file is left", file=file.name, reason=error.message)
        return taken

    def _new(self, agreement: DeliveryAgreement, files: Iterable[ReturnedFile]) -> list[ReturnedFile]:
        with self.database.reading() as session:
            query = select(PackageReceipt.remote_mark).where(PackageReceipt.agreement_id == agreement.id)
            known = set(session.scalars(query.where(PackageReceipt.remote_mark.is_not(None))))
        new = (file for file in files if file.mark not in known and file.size > 0)
        return list(itertools.islice(new, MOST_AT_ONCE))

    def _text_of(self, content: bytes, file: ReturnedFile) -> str | None:
        if self.read_text is None or receipt_reading.is_plain(file.name, content):
            return None
        return self.read_text(content, file.name)

    def _take_in(
        self, session: Session, agreement: DeliveryAgreement, file: ReturnedFile, content: bytes, text: str | None
    ) -> bool:
        row = session.get_one(DeliveryAgreement, agreement.id, with_for_update=True)
        same = (PackageReceipt.agreement_id == row.id, PackageReceipt.remote_mark == file.mark)
        if session.scalar(select(PackageReceipt.id).where(*same)) is not None:
            return False  # another worker was faster
        read_text = None if text is None else lambda _content, _name: text
        receipts.take_in(
            session, SYSTEM, row, self.store, file.name, content, read_text=read_text, remote_mark=file.mark
        )
        return True


def _expecting() -> Select[DeliveryAgreement]:
    """Agreements with something sent that the receiver may have answered, or answers once more."""
    awaited = (DeliveryState.SENT, DeliveryState.RECEIVED)
    return (
        select(DeliveryAgreement)
        .where(
            DeliveryAgreement.transport != TransportKind.DOWNLOAD,
            exists().where(
                PackageDelivery.agreement_id == DeliveryAgreement.id, PackageDelivery.state.in_(awaited)
            ),
        )
        .options(selectinload(DeliveryAgreement.authority))
    )


def _has_return(agreement: DeliveryAgreement) -> bool:
    return any(agreement.transport_settings.get(name) for name in _RETURNS)
