"""Receipts for uploaded files: who uploaded a content may bind it to a record, nobody else by its checksum."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from diarium.files.errors import InvalidTicket
from diarium.i18n import gettext as _

VALID_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A content in the store with the name that it came with."""

    sha256: str
    file_name: str
    size: int


class UploadTickets:
    """Issues and reads tickets, signed with the secret of the installation."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="diarium-upload")

    def issue(self, user_id: int | None, file: UploadedFile) -> str:
        """A ticket for `file` that only this user can use, for a day."""
        return str(self._serializer.dumps([user_id, file.sha256, file.file_name, file.size]))

    def read(self, user_id: int | None, ticket: str) -> UploadedFile:
        """The file of a ticket. Raises: InvalidTicket if it is somebody else's, too old or no ticket."""
        try:
            owner, sha256, file_name, size = self._serializer.loads(ticket, max_age=VALID_SECONDS)
        except (BadData, ValueError, TypeError):
            owner, sha256, file_name, size = None, None, None, None
        if sha256 is None or owner != user_id:
            raise InvalidTicket(_("En uppladdad fil har gått ut. Välj filen igen."), field="files")
        return UploadedFile(sha256, file_name, size)
