"""Words that must not be seen, planted in every field that may hold a secret."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from itertools import count

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    String,
    Table,
    Uuid,
    insert,
    select,
    update,
)
from sqlalchemy import cast as sql_cast

from diarium.db.base import ClosedList, UtcDateTime, now
from diarium.db.engine import Database
from diarium.i18n import today
from diarium.tables import metadata

# What the public may read in a register, as long as nothing is marked. Every other column is secret.
PUBLIC_COLUMNS = frozenset(
    {
        "authority.code", "authority.name",
        "diary_series.code",
        "unit.name",
        "classification.code", "classification.title",
        "case_file.number_text", "case_file.public_title", "case_file.case_type",
        "record.public_title", "record.record_type",
        "blob.sha256", "blob.mime", "case_disposal.decision",
    }
)  # fmt: skip
# Codes that can't hold a word; party numbers are planted as personal numbers and looked for as such.
TOO_SHORT = frozenset(
    {"provision.chapter", "provision.paragraph", "subscription.language", "disclosure_request.language"}
)
AS_A_NUMBER = frozenset({"party.identity_number"})
# Rows of these are made by the use cases and decide what is shown: a row of garbage would decide too.
OF_USE_CASES = frozenset(
    {
        "authority", "unit", "diary_series", "classification_scheme", "classification", "record_type", "provision",
        "user_account", "membership", "blob", "blob_text", "case_file", "record", "document", "party",
        "restriction", "web_withdrawal", "file_review",
    }
)  # fmt: skip
# Longer than what chance writes in an identifier.
PERSONAL_NUMBER = re.compile(rb"640823-?3234")
_numbers = count(1000)


class Canaries:
    """Words that must not be found, with the field in which each was planted."""

    def __init__(self) -> None:
        self.secret: dict[str, str] = {}

    def plant(self, field: str) -> str:
        """A new word that must never be seen."""
        word = self.allowed()
        self.secret[word] = field
        return word

    @staticmethod
    def allowed() -> str:
        """A new word that may be seen for the time being."""
        number = next(_numbers)
        letters = "".join("bcdfghjklm"[int(digit)] for digit in str(number))
        return f"zqx{letters}wq"

    def forbid(self, word: str, field: str) -> None:
        """From now on `word` must not be seen any longer."""
        self.secret[word] = field

    def seen_in(self, content: bytes) -> list[str]:
        """The fields whose words stand in `content`."""
        folded = content.lower()
        found = [f"{field} ({word})" for word, field in self.secret.items() if word.encode() in folded]
        return [*found, "personal number"] if PERSONAL_NUMBER.search(folded) else found


def secret_columns() -> list[Column[object]]:
    """Every column of the register that holds texts and is not on the list of what is public."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if _holds_text(column) and _name(column) not in PUBLIC_COLUMNS | TOO_SHORT | AS_A_NUMBER
    ]


def plant_everywhere(database: Database, canaries: Canaries) -> None:
    """Puts a word into each secret column in which no use case has left one: into all rows, or one of its own."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        connection.commit()
        for table in metadata.sorted_tables:
            empty = [
                column
                for column in secret_columns()
                if column.table is table and not _planted(connection, column, canaries)
            ]
            if empty and table.name in OF_USE_CASES:
                for column in empty:
                    _plant_in_rows(connection, column, canaries)
            elif empty:
                _plant_row(connection, table, canaries)
        connection.commit()
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def unplanted(database: Database, canaries: Canaries) -> list[str]:
    """The secret columns in which no word stands."""
    with database.engine.connect() as connection:
        return [_name(column) for column in secret_columns() if not _planted(connection, column, canaries)]


def _name(column: Column[object]) -> str:
    return f"{column.table.name}.{column.name}"


def _holds_text(column: Column[object]) -> bool:
    kind = column.type
    if column.foreign_keys or isinstance(kind, ClosedList):
        return False
    return isinstance(kind, String | JSON | LargeBinary)


def _planted(connection: Connection, column: Column[object], canaries: Canaries) -> bool:
    values = connection.scalars(select(sql_cast(column, String)).where(column.is_not(None)).distinct())
    return any(word in str(value).lower() for value in values for word in _likely(str(value), canaries))


def _likely(value: str, canaries: Canaries) -> Iterator[str]:
    lower = value.lower()
    start = lower.find("zqx")
    while start >= 0:
        word = lower[start : start + 9]
        if word in canaries.secret:
            yield word
        start = lower.find("zqx", start + 1)


def _plant_in_rows(connection: Connection, column: Column[object], canaries: Canaries) -> None:
    word = canaries.plant(_name(column))
    (key,) = column.table.primary_key.columns
    for value in connection.scalars(select(key)).all():
        planted = _value(column, word, f"{word}{value}")
        connection.execute(update(column.table).where(key == value).values({column.name: planted}))


def _plant_row(connection: Connection, table: Table, canaries: Canaries) -> None:
    values = {column.name: _any_value(connection, column, canaries) for column in table.columns}
    connection.execute(insert(table).values(values))


def _any_value(connection: Connection, column: Column[object], canaries: Canaries) -> object:
    kind = column.type
    if column.foreign_keys:
        return _parent(connection, column)
    if _holds_text(column):
        word = canaries.allowed() if _name(column) in PUBLIC_COLUMNS else canaries.plant(_name(column))
        return _value(column, word, word)
    if isinstance(kind, ClosedList):
        return next(iter(kind.enum))
    if isinstance(kind, Uuid):
        return uuid.uuid4()
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Date):
        return today()
    if isinstance(kind, DateTime | UtcDateTime):
        return now()
    return next(_numbers)


def _parent(connection: Connection, column: Column[object]) -> object:
    """The key of a row that the column may point at: the last one, which the use cases have made open."""
    (target,) = (key.column for key in column.foreign_keys)
    if target.table is column.table:
        return None
    return connection.scalar(select(target).order_by(target.desc()).limit(1))


def _value(column: Column[object], word: str, unique: str) -> object:
    if isinstance(column.type, JSON):
        return [word]
    return unique.encode() if isinstance(column.type, LargeBinary) else unique
