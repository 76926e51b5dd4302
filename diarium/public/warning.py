"""What would keep a title from the web register, or a file, told to who registers, corrects or releases it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.files.models import BlobText
from diarium.i18n import gettext as _
from diarium.public import findings, register_reading, verdicts
from diarium.register.models import Case, Document, Party, Record


def of_title(text: str, names: Iterable[str]) -> str | None:
    """What is wrong with a title for the public, or None.

    Which name it is, is not told: `names` may be those of parties whom the writer can't see.
    """
    found = findings.in_line(text, names)
    if not found:
        return None
    return _(
        "Texten verkar innehålla %(what)s och utelämnas därför i det öppna diariet. Ändra den, skriv en egen "
        "offentlig rubrik eller bekräfta längst ned att den ska stå så.",
        what=findings.in_words(found),
    )


def of_release(session: Session, document: Document) -> str | None:
    """What stands between a file that was just released and the public, if its text has to do with it."""
    found = session.get(BlobText, document.sha256)
    if found is None:
        return _("Filen är släppt, men publiceras först när dess text har sökts igenom.")
    case = document.record.case
    text = register_reading.file_text(found.text, is_truncated=found.is_truncated)
    keys = findings.in_file(text, names_in_case(session, case), findings.contacts_of(case.authority))
    if not keys:
        return None
    return _(
        "Filen är släppt, men innehåller %(what)s. Den publiceras först när någon har granskat den under "
        "Publicering.",
        what=findings.in_words(keys),
    )


def names_in_case(session: Session, case: Case) -> tuple[str, ...]:
    """The private persons of the case and its records. One statement, however many records there are."""
    of_records = select(Record.id).where(Record.case_id == case.id)
    query = select(Party).where(or_(Party.case_id == case.id, Party.record_id.in_(of_records)))
    return tuple(sorted({item.name for item in session.scalars(query) if verdicts.party(item).shown is None}))
