"""The one place where the house is put together: settings in, services out. No web framework here."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from diarium import tables
from diarium.archive.delivery_archiving import DeliveryArchiver
from diarium.archive.delivery_sending import DeliveryRound
from diarium.archive.exporting_chore import ExportRound
from diarium.archive.importing.opening import opener_for
from diarium.archive.importing.running import ImportChore
from diarium.archive.reading_room.making import ReadingRoomChore
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.archive.receipt_text import sandboxed
from diarium.archive.received_checking import PackageChecker, PackageCleaner, check_limits
from diarium.assistance.drafts import DraftCleaner
from diarium.assistance.learning import UsageCounter
from diarium.audit.sealing import Sealer
from diarium.audit.seals import SealKey
from diarium.changes.metering import LagMeter
from diarium.changes.worker import Chore, Consumer, LongChore, Worker
from diarium.correspondence import receipts
from diarium.correspondence.sending import MailRound
from diarium.correspondence.smtp import SmtpTransport
from diarium.correspondence.transport import MailTransport
from diarium.db import migrate, watching
from diarium.db.engine import Database, open_database
from diarium.disclosure.collecting import LetterCollector
from diarium.disclosure.erasing import ContactEraser
from diarium.disclosure.mailing import DisclosureMailRound
from diarium.disclosure.order_receipts import OrderReceipts
from diarium.disposal import executing
from diarium.disposal.contents import ContentRemover
from diarium.disposal.executing import Disposer
from diarium.errors import DomainError
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.identity.cleaning import SessionCleaner
from diarium.identity.permissions import SYSTEM, Actor
from diarium.identity.repeating import RepeatedCallCleaner
from diarium.identity.second_factor import FactorKey
from diarium.intake.chores import MOST_AT_A_TIME, MailboxChore, ScanFolderChore
from diarium.intake.folder_collecting import FolderWatch
from diarium.intake.item_files import ItemFilesChore
from diarium.intake.taking_in import Intake
from diarium.letterbox.box import Letterbox
from diarium.lists.mailing import TransportMailer
from diarium.lists.subscribing import SubscriptionChore
from diarium.public import indexing
from diarium.public.database import open_public_database
from diarium.public.due import PublishingChore
from diarium.public.projector import Projector
from diarium.public.service import PublicRegister
from diarium.register.examination import FileExaminer
from diarium.register.spreading import CaseSpreader
from diarium.safekeeping import restoring
from diarium.safekeeping.installation import Installation
from diarium.safekeeping.making import Source
from diarium.search import indexer
from diarium.search.engines import open_index
from diarium.search.folder_index import FolderIndex
from diarium.search.indexer import SearchIndexer
from diarium.search.keeping import EngineKeeper
from diarium.search.watching import SavedSearcher
from diarium.settings import IndexEngine, Settings, SettingsError, kept_key, session_secret
from diarium.subscriptions import bounces
from diarium.subscriptions.composing import Composer
from diarium.subscriptions.desk import FollowDesk
from diarium.subscriptions.links import Links
from diarium.subscriptions.mailing import FollowRound
from diarium.subscriptions.tokens import TokenMaker
from diarium.webhooks.guard import AddressPolicy
from diarium.webhooks.queueing import WebhookQueue
from diarium.webhooks.sending import DeliveryCleaner, WebhookRound


class NotPrepared(DomainError):
    """The data folder has no register yet, or one of another version."""


@dataclass(frozen=True)
class Diarium:
    """The services of one process. What is not used is not opened.

    `answers_people`: it serves pages, and no statement may take longer than people wait.
    """

    settings: Settings
    answers_people: bool = False

    @cached_property
    def database(self) -> Database:
        """The register."""
        return self._watched(
            open_database(self.settings.database_url, pool_size=self.settings.operations.pool_size)
        )

    def _watched(self, database: Database) -> Database:
        limits = self.settings.operations
        watching.time_statements(database, limits.slow_statement_ms / 1000)
        if self.answers_people:
            watching.end_statements_after(database, limits.statement_seconds)
        return database

    @cached_property
    def blobs(self) -> LocalBlobStore:
        """The bytes of the register's files."""
        return LocalBlobStore(self.settings.blob_folder)

    @cached_property
    def index(self) -> FolderIndex:
        """The internal index."""
        return open_index(self.settings.internal_index_folder, self._engine)

    def prepare(self) -> None:
        """Makes the folders and brings the database to this version's form. Raises: RestoreRefused."""
        restoring.require_finished(self.settings.data)
        self.settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.settings.export_folder.mkdir(parents=True, exist_ok=True)
        migrate.upgrade(self.database)
        self.projector.ensure()
        self.letterbox.ensure()

    def require_prepared(self) -> None:
        """Raises: NotPrepared with what to run; RestoreRefused where a restore was begun and not finished."""
        restoring.require_finished(self.settings.data)
        if not migrate.is_current(self.database):
            raise NotPrepared(_("Databasen är inte förberedd för den här versionen. Kör: diarium prepare"))

    @cached_property
    def public_index(self) -> FolderIndex:
        """The index of what the public may see."""
        return open_index(self.settings.public_index_folder, self._engine)

    @property
    def engine_keepers(self) -> tuple[EngineKeeper, EngineKeeper]:
        """What keeps both indexes with the engine that suits them."""
        return (
            EngineKeeper(
                "internal search index", self.index, lambda target: indexer.rebuild(self.database, target)
            ),
            EngineKeeper(
                "public search index",
                self.public_index,
                lambda target: indexing.rebuild(self.projector.tables, target),
            ),
        )

    @property
    def _engine(self) -> str:
        chosen = self.settings.index_engine
        return "" if chosen is IndexEngine.AUTO else chosen.value

    @cached_property
    def released(self) -> LocalBlobStore:
        """The public side's own copies of released files."""
        return LocalBlobStore(self.settings.public_blob_folder)

    @cached_property
    def projector(self) -> Projector:
        """The writer of the public projection."""
        target = open_public_database(self.settings.public_database_url)
        return Projector(self.database, target, self.blobs, self.released, self.public_index)

    @cached_property
    def public(self) -> PublicRegister:
        """The open register, for reading only: its own tables, index and files."""
        source = self._watched(open_public_database(self.settings.public_database_url, read_only=True))
        return PublicRegister(source, self.public_index, self.released)

    @cached_property
    def letterbox(self) -> Letterbox:
        """What the public drops for the staff side."""
        return Letterbox(self.settings.letterbox_address)

    @cached_property
    def mail_transport(self) -> MailTransport | None:
        """The way out for e-mail, nothing where no mail server is set."""
        return SmtpTransport(self.settings.mail) if self.settings.mail.is_configured else None

    @cached_property
    def staff_mailer(self) -> TransportMailer | None:
        """What writes to staff about what they subscribe to, nothing where no mail server is set."""
        sender = self.settings.mail.sender or self.settings.organisation_email
        return TransportMailer(self.mail_transport, sender) if self.mail_transport else None

    @property
    def letter_collector(self) -> LetterCollector:
        """What empties the letterbox."""
        settings, transport = self.settings, self.mail_transport
        sender = settings.mail.sender or settings.organisation_email
        order_receipts = None
        if transport is not None:
            name, reply_to = settings.organisation_name, settings.organisation_email
            order_receipts = OrderReceipts(transport, name, sender, reply_to)
        return LetterCollector(self.database, self.letterbox, FollowDesk(self._follow_tokens), order_receipts)

    @property
    def follow_round(self) -> FollowRound:
        """What writes to those who follow by e-mail; it only erases where no mail server or address is set."""
        settings = self.settings
        composer = Composer(
            Links(settings.public_url),
            self._follow_tokens,
            settings.organisation_name,
            settings.mail.sender or settings.organisation_email,
            settings.organisation_email,
        )
        transport = self.mail_transport if settings.public_url else None
        return FollowRound(self.database, self.public, transport, composer)

    @cached_property
    def _follow_tokens(self) -> TokenMaker:
        secret = f"following:{session_secret(self.settings)}"
        return TokenMaker(hashlib.sha256(secret.encode()).digest())

    @cached_property
    def webhook_key(self) -> bytes:
        """What the secrets of webhooks are made from."""
        given = self.settings.api.webhook_key
        return (given or kept_key(self.settings.data, "webhook_key", lambda: secrets.token_urlsafe(48))).encode()

    @cached_property
    def factor_key(self) -> FactorKey:
        """What encrypts the secrets of code apps. Raises: SettingsError if the key is none."""
        given = self.settings.login.factor_key
        text = given or kept_key(self.settings.data, "factor_key", lambda: Fernet.generate_key().decode())
        try:
            Fernet(text.encode())
        except ValueError:
            raise SettingsError(_("DIARIUM_FACTOR_KEY ska vara 32 byte i url-säker base64.")) from None
        return FactorKey(text)

    @property
    def webhook_policy(self) -> AddressPolicy:
        """Where webhooks may go."""
        settings = self.settings.api
        return AddressPolicy.of(settings.webhook_networks, allow_http=settings.webhook_allows_http)

    @property
    def _seal_key_text(self) -> str:
        return self.settings.seal_key or kept_key(self.settings.data, "seal_key", SealKey.new_text)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals the log of events with the installation's key. Raises: SettingsError if the key is none."""
        try:
            key = SealKey.from_text(self._seal_key_text)
        except ValueError:
            raise SettingsError(_("DIARIUM_SEAL_KEY ska vara 32 byte i base64.")) from None
        return Sealer(self.database, key, self._head_file)

    @property
    def _head_file(self) -> Path:
        return self.settings.data / "seals" / "head.json"

    @property
    def backup_source(self) -> Source:
        """What a backup is made of."""
        keys = {
            "secret_key": session_secret(self.settings),
            "seal_key": self._seal_key_text,
            "factor_key": self.factor_key.text,
            "webhook_key": self.webhook_key.decode(),
        }
        return Source(
            self.database,
            tables.metadata.sorted_tables,
            self.letterbox,
            self.blobs,
            self.settings.export_folder,
            self.sealer.key,
            keys,
        )

    @property
    def installation(self) -> Installation:
        """What `diarium fsck` checks against each other."""
        return self.installation_trusting((self.sealer.key.public,))

    def installation_trusting(self, keys: Sequence[Ed25519PublicKey]) -> Installation:
        """The same where `keys` may have signed the seals; a restored one may have no key of its own yet."""
        return Installation(
            self.database,
            self.blobs,
            self.index,
            self.projector,
            self.released,
            self.public_index,
            self.settings.export_folder,
            keys,
            self._head_file,
        )

    @property
    def disposer(self) -> Disposer:
        """Carries out what is decided to be disposed of."""
        return Disposer(
            self.database,
            ContentRemover(self.database, self.blobs),
            self.sealer.key,
            self.settings.export_folder,
            self.index,
            lambda: executing.compacted(self.database),
        )

    def close(self) -> None:
        """Gives back every connection and file that was opened."""
        opened = vars(self)
        for name in ("letterbox", "projector", "public", "public_index", "index", "database"):
            if name in opened:
                opened[name].close()

    def intake(self, sandbox: ExtractionSandbox, actor: Actor = SYSTEM) -> Intake:
        """What takes files and messages into the inbox; `sandbox` opens them."""
        most = self.settings.max_upload_bytes
        return Intake(self.database, self.blobs, sandbox, actor, most, note_report=_note_report)

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker with every consumer, in the order in which they feed each other."""
        with ExitStack() as stack:
            sandbox = stack.enter_context(ExtractionSandbox())
            # Of their own: chores run beside the consumers.
            aside = stack.enter_context(ExtractionSandbox())
            consumers: list[Consumer] = [
                CaseSpreader(self.database),
                FileExaminer(self.database, self.blobs, sandbox),
                SearchIndexer(self.database, self.index),
                self.projector,
                UsageCounter(self.database),
                WebhookQueue(self.database),
            ]
            chores: list[Chore] = [
                self.sealer,
                DraftCleaner(self.database),
                ContactEraser(self.database),
                MailboxChore(self.intake(aside)),
                ItemFilesChore(self.database, self.blobs, aside),
                ScanFolderChore(FolderWatch(self.intake(aside), most=MOST_AT_A_TIME)),
            ]
            chores.append(PublishingChore(self.database, self.projector.tables))
            start_page = f"{self.settings.staff_url}/intern/" if self.settings.staff_url else ""
            chores.append(
                SubscriptionChore(self.database, SavedSearcher(self.index), self.staff_mailer, start_page)
            )
            chores += [self.letter_collector, self.follow_round]
            chores += [
                WebhookRound(self.database, self.webhook_key, self.webhook_policy),
                DeliveryCleaner(self.database),
                RepeatedCallCleaner(self.database),
                SessionCleaner(self.database),
            ]
            chores.append(self.disposer)
            chores.append(DeliveryArchiver(self.database))
            folder, packages = self.settings.export_folder, self.settings.packages
            checker = PackageChecker(self.database, folder, check_limits(packages))
            chores += [stack.enter_context(checker), PackageCleaner(self.database, folder)]
            chores += self.engine_keepers
            chores.append(LagMeter(self.database, [consumer.name for consumer in consumers]))
            if self.mail_transport is not None:
                chores.append(MailRound(self.database, self.blobs, self.mail_transport))
                chores.append(DisclosureMailRound(self.database, self.blobs, self.mail_transport))
            exports = ExportRound(self.database, self.blobs, self.settings.export_folder)
            deliveries = DeliveryRound(self.database, self.settings.export_folder, self.settings.delivery)
            read_files = stack.enter_context(ExtractionSandbox())
            answers = ReceiptCollector(self.database, self.blobs, self.settings.delivery, sandboxed(read_files))
            reading_room = ReadingRoomChore(self.database, self.settings.export_folder, read_files)
            imports = ImportChore(self.database, self.blobs, opener_for(self.database, folder))
            long_chores: list[LongChore] = [exports, reading_room, deliveries, answers, imports]
            yield Worker(self.database, consumers, chores, long_chores=long_chores)


def _note_report(session: Session, content: bytes) -> str | None:
    """Enters a delivery report on a letter of ours, or on an e-mail to a follower; says which, for the inbox."""
    message = receipts.note_report(session, content)
    if message is None:
        return bounces.note_bounce(session, content)
    return _(
        "Kvittens på utskicket av %(number)s. Den är noterad på utskicket.", number=message.record.number_text
    )
