"""How a case or record is linked to and cited, for readers and for programs that read the page's head."""

from __future__ import annotations

from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public import vocabulary
from diarium.public.models import PublicCase, PublicRecord
from diarium.site import addresses
from diarium.site.frame import Site


@dataclass(frozen=True, slots=True)
class Citation:
    """`text`: the whole reference. `address`: the permanent one. `uid_address`: stays if the number changes.

    `meta`: names and contents for the page's head, Dublin Core and what services show of a shared link.
    """

    text: str
    address: str
    uid_address: str
    meta: tuple[tuple[str, str], ...]


def cite_case(site: Site, case: PublicCase) -> Citation:
    """How a case is cited."""
    title = vocabulary.case_heading(case.visibility, case.title)
    opened = case.opened_on.isoformat()
    told = _("ärende öppnat %(day)s", day=opened)
    return _cite(site, case, case, title=title, told=told, date=opened, kind=_("Ärende"))


def cite_record(site: Site, record: PublicRecord, case: PublicCase) -> Citation:
    """How a record is cited."""
    title = vocabulary.record_heading(record.visibility, record.title)
    date = record.official_on.isoformat()
    told = f"{vocabulary.direction_label(record.direction).lower()} {date}".strip()
    kind = record.record_type or _("Handling")
    return _cite(site, record, case, title=title, told=told, date=date, kind=kind)


def _cite(
    site: Site, found: PublicCase | PublicRecord, case: PublicCase, *, title: str, told: str, date: str, kind: str
) -> Citation:
    address = addresses.permanent(found, case)
    organisation = site.settings.organisation_name
    text = _(
        "%(organisation)s, %(authority)s: ”%(title)s”, %(told)s, dnr %(number)s. %(address)s (hämtad %(day)s).",
        organisation=organisation,
        authority=case.authority_name,
        title=title,
        told=told,
        number=found.number_text,
        address=address,
        day=today().isoformat(),
    )
    meta = (
        ("DC.title", title),
        ("DC.identifier", address),
        ("DC.identifier", found.number_text),
        ("DC.publisher", case.authority_name),
        ("DC.date", date),
        ("DC.type", kind),
        ("DC.language", "sv"),
        ("DC.relation", addresses.of_uid(found.uid)),
        ("description", f"{kind}, {found.number_text}, {case.authority_name}, {date}"),
    )
    return Citation(text, address, addresses.of_uid(found.uid), meta)
