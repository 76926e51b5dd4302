"""What may not leave by plain e-mail: what is marked only with a word on why, files on protected people never."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diarium.correspondence import material as materials
from diarium.correspondence.addresses import Mailbox, mailbox
from diarium.correspondence.errors import InvalidLetter, SecretMaterial
from diarium.correspondence.material import Material
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import RecipientState
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _
from diarium.i18n import show_size
from diarium.identity.permissions import Actor, Permission
from diarium.register import rules
from diarium.register.models import Document, Party, Record
from diarium.register.views import concerns_protected
from diarium.secrecy import access


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody whom the letter goes to; `party` where they are one of the case."""

    box: Mailbox
    party: Party | None
    is_protected: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """What the writer has ticked: that marked material leaves by e-mail and why, that a protected person is
    written to.
    """

    to_marked: bool = False
    reason: str = ""
    to_protected: bool = False


def chosen_addressees(
    actor: Actor, material: Material, parties: Iterable[uuid.UUID], others: Sequence[Mailbox]
) -> tuple[Addressee, ...]:
    """Whom the letter goes to, each address once. Raises: InvalidLetter."""
    offered = {party.uid: party for party in materials.addressees(actor, material)}
    found: dict[str, Addressee] = {}
    for uid in parties:
        party = offered.get(uid)
        if party is None or party.email is None:
            raise InvalidLetter(_("En av mottagarna finns inte längre i ärendet. Välj igen."), field="party")
        box = Mailbox(mailbox(party.email, "party").address, party.name)
        found.setdefault(box.key, Addressee(box, party, party.is_protected))
    protected = materials.protected_addresses(material.case)
    for box in others:
        found.setdefault(box.key, Addressee(box, None, box.key in protected))
    if not found:
        raise InvalidLetter(_("Välj minst en mottagare, eller skriv en e-postadress."), field="others")
    return tuple(found.values())


def chosen_files(
    actor: Actor, material: Material, wanted: Iterable[uuid.UUID], max_bytes: int
) -> tuple[Document, ...]:
    """The files that go along, in the order of the case. Raises: InvalidLetter where they are too heavy together;
    SecretMaterial for one that may not leave.
    """
    offered = {document.uid: document for document in materials.attachable(actor, material)}
    uids = set(wanted)
    if uids - offered.keys():
        raise SecretMaterial(
            _("En av filerna kan inte skickas med e-post: den har tagits bort, är dold för dig eller rör någon "
              "med skyddade personuppgifter. Välj igen, eller skicka på annat sätt."),
            field="file",
        )  # fmt: skip
    chosen = tuple(document for uid, document in offered.items() if uid in uids)
    size = sum(document.blob.size for document in chosen)
    if size > max_bytes:
        raise InvalidLetter(
            _("Bilagorna är %(size)s tillsammans. Ett brev tar högst %(most)s. Välj bort någon eller dela upp "
              "utskicket.", size=show_size(size), most=show_size(max_bytes)),
            field="file",
        )  # fmt: skip
    return chosen


def require_consent(
    actor: Actor, material: Material, addressees: Sequence[Addressee], files: Sequence[Document], given: Consent
) -> str | None:
    """The reason why marked material leaves by e-mail, nothing where none does.

    E-mail is not encrypted on its whole way. Raises: SecretMaterial at the field that is missing; NotAllowed.
    Source: OSL 8 kap. 1 §, 21 kap. 3 and 3 a §§; GDPR article 32.
    """
    _require_protected_consent(actor, material, addressees, given)
    records = {document.record for document in files} | ({material.about} if material.about else set())
    found = materials.marks(material.case, records)
    if not found:
        return None
    citations = ", ".join(dict.fromkeys(mark.provision.citation for mark in found))
    if not given.to_marked:
        raise SecretMaterial(
            _("Detta är sekretessmarkerat (%(provisions)s). Vanlig e-post är inte krypterad hela vägen. Skicka på "
              "annat sätt, eller bekräfta att det ska skickas med e-post och skriv varför.", provisions=citations),
            field="confirm_marked",
        )  # fmt: skip
    reason = rules.clean_text(given.reason)
    if not reason:
        raise SecretMaterial(_("Skriv varför det ändå ska skickas med e-post."), field="secrecy_reason")
    return reason


def secret_since(message: OutgoingMessage) -> str | None:
    """Why a message that was queued may not leave any more, in words for a person; nothing if it still may.

    What was marked already, and whom it was known to concern, the writer has consented to.
    Source: OSL 8 kap. 1 §, 21 kap. 3 and 3 a §§.
    """
    case, sources = message.record.case, _sources(message)
    fresh = [m for m in materials.marks(case, {message.record, *sources}) if m.made_at > message.queued_at]
    if fresh:
        citations = ", ".join(dict.fromkeys(mark.provision.citation for mark in fresh))
        return _("Brevet hölls kvar: något i det har sekretessmarkerats sedan det skrevs (%(provisions)s). Ska "
                 "det ändå skickas, skriv det på nytt från ärendet.", provisions=citations)  # fmt: skip
    protected = materials.protected_addresses(case)
    became = [
        item
        for item in message.recipients
        if item.state is RecipientState.WAITING
        and not item.is_protected
        and (item.address or "").casefold() in protected
    ]
    if became or any(concerns_protected(record) for record in sources):
        return _("Brevet hölls kvar: någon som det går till eller handlar om har fått skyddade personuppgifter "
                 "sedan det skrevs. Ska det ändå skickas, skriv det på nytt från ärendet.")  # fmt: skip
    return None


def _sources(message: OutgoingMessage) -> set[Record]:
    """The records that the attachments were taken from, known by the names of their files."""
    names = set(message.attachment_names)
    return {
        record
        for record in message.record.case.records
        for document in record.documents
        if safe_file_name(document.file_name) in names
    }


def _require_protected_consent(
    actor: Actor, material: Material, addressees: Sequence[Addressee], given: Consent
) -> None:
    if not any(item.is_protected for item in addressees):
        return
    code = material.case.authority.code
    if not access.may_see_protected(actor, code):
        # Said so that it does not tell whom the address belongs to.
        raise SecretMaterial(
            _("En av adresserna får inte användas från det här ärendet. Fråga registratorn."), field="others"
        )
    actor.require(Permission.READ_PROTECTED, code)
    if not given.to_protected:
        raise SecretMaterial(
            _("En mottagare har skyddade personuppgifter. Bekräfta att brevet ska skickas med e-post till den "
              "adressen."),
            field="confirm_protected",
        )  # fmt: skip
