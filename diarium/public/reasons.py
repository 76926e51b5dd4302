"""Why something of a case is not in the open register, in words for the staff."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from diarium.i18n import lazy_gettext as _l


class Reason(StrEnum):
    """A rule that keeps something from the public. The order is that in which they are told."""

    CLASS_CLOSED = "class_closed"
    DISPOSED = "disposed"
    NO_CLASS = "no_class"
    CLASS_NUMBER_ONLY = "class_number_only"
    SERIES_RESTRICTED = "series_restricted"
    CANCELLED = "cancelled"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    MARKED_WHOLE = "marked_whole"
    MARKED_TITLE = "marked_title"
    MARKED_PARTIES = "marked_parties"
    PERSONAL_NUMBER = "personal_number"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    TELLS_HIDDEN = "tells_hidden"
    PRIVATE_PERSON = "private_person"
    CLASS_WITHOUT_FILES = "class_without_files"
    ANY_MARK = "any_mark"
    PROTECTED = "protected"
    NOT_RELEASED = "not_released"
    FILE_WITHDRAWN = "file_withdrawn"
    FILE_MARKED = "file_marked"
    NOT_EXAMINED = "not_examined"
    REVIEW_WAITS = "review_waits"
    REVIEW_DECLINED = "review_declined"
    KEPT_FROM_YOU = "kept_from_you"


REASON_LABELS: Mapping[Reason, str] = {
    Reason.CLASS_CLOSED: _l("Ärenden i klassen visas inte alls i det öppna diariet."),
    Reason.DISPOSED: _l("Ärendet är gallrat."),
    Reason.NO_CLASS: _l("Ärendet saknar klass. Då visas bara nummer och datum."),
    Reason.CLASS_NUMBER_ONLY: _l("Av ärenden i klassen visas bara nummer och datum."),
    Reason.SERIES_RESTRICTED: _l("Diarieserien visar bara nummer och datum för allmänheten."),
    Reason.CANCELLED: _l("Numret är makulerat."),
    Reason.MOVED: _l("Handlingen är flyttad till ett annat ärende."),
    Reason.WITHDRAWN: _l("Uppgifterna är tillbakadragna från webben."),
    Reason.WAITING: _l("Uppgifterna väntar på publicering."),
    Reason.MARKED_WHOLE: _l("En sekretessmarkering gäller hela ärendet eller handlingen."),
    Reason.MARKED_TITLE: _l("En sekretessmarkering gäller rubriken."),
    Reason.MARKED_PARTIES: _l("En sekretessmarkering gäller avsändare, mottagare och parter."),
    Reason.PERSONAL_NUMBER: _l("Texten innehåller ett personnummer."),
    Reason.EMAIL: _l("Texten innehåller en e-postadress."),
    Reason.PHONE: _l("Texten innehåller ett telefonnummer."),
    Reason.NAME: _l("Texten innehåller namnet på en privatperson eller på en part som inte visas."),
    Reason.TELLS_HIDDEN: _l("Texten innehåller rubriken på en markerad eller tillbakadragen handling i ärendet."),
    Reason.PRIVATE_PERSON: _l("Privatpersoner namnges inte."),
    Reason.CLASS_WITHOUT_FILES: _l("Filer i ärenden av klassen publiceras inte."),
    Reason.ANY_MARK: _l("Ärendet eller handlingen har en sekretessmarkering. Då visas ingen av filerna."),
    Reason.PROTECTED: _l("En part har skyddade personuppgifter. Då visas ingen av filerna."),
    Reason.NOT_RELEASED: _l("Filen är inte frisläppt."),
    Reason.FILE_WITHDRAWN: _l("Filen är tillbakadragen från webben."),
    Reason.FILE_MARKED: _l("Filen har en sekretessmarkering."),
    Reason.NOT_EXAMINED: _l("Filens text är inte genomsökt än."),
    Reason.REVIEW_WAITS: _l("Filens text innehåller uppgifter som ska granskas före publicering."),
    Reason.REVIEW_DECLINED: _l("Filen är granskad och ska inte publiceras."),
    Reason.KEPT_FROM_YOU: _l("Filerna omfattas av ett skydd som du inte får se."),
}  # fmt: skip
