"""What the worker does every so often for the inbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diarium.intake import claims, mail_collecting
from diarium.intake.folder_collecting import FolderWatch
from diarium.intake.models import Mailbox, ScanFolder
from diarium.intake.taking_in import Intake
from diarium.settings import secret

# The worker has more to do: what is withdrawn from the open register must not wait for a full mailbox.
MOST_AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class MailboxChore:
    """Collects from every mailbox whose turn it is; what one of them has wrong stops none of the others."""

    intake: Intake
    password_of: Callable[[str], str] = secret
    name: str = "intake.mail"
    every: float = 60.0

    def run(self) -> int:
        """Returns how many messages were looked at."""
        reports = [
            mail_collecting.collect(self.intake, key, password_of=self.password_of, most=MOST_AT_A_TIME)
            for key in claims.due(self.intake.database, Mailbox)
        ]
        return sum(report.fetched for report in reports if report is not None)


@dataclass(frozen=True, slots=True)
class ScanFolderChore:
    """Looks into every scan folder whose turn it is."""

    watch: FolderWatch
    name: str = "intake.folders"
    every: float = 15.0

    def run(self) -> int:
        """Returns how many files were taken in."""
        reports = [self.watch.look(key) for key in claims.due(self.watch.intake.database, ScanFolder)]
        return sum(report.fetched for report in reports if report is not None)
