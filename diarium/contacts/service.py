"""The use cases of the party register: add, change, retire, protect, merge.

What a contact was before stands in the audit log, with who and when. A contact is an aid for writing: it is not
part of any record, and changing it changes no record.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.contacts import matching
from diarium.contacts.errors import ContactConflict, ContactExists, ContactNotFound, InvalidContact
from diarium.contacts.models import Contact, ContactWord
from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import columns, lookup, rules
from diarium.register.models import Authority
from diarium.register.vocabulary import PartyKind

DETAILS = (
    "identity_number",
    "organisation",
    "address",
    "postal_code",
    "city",
    "country",
    "email",
    "phone",
    "note",
)
_EMAIL_SIGNS = frozenset(" \t,;<>")


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """The facts of a contact. `is_protected`: protected identity; such a person is refused."""

    name: str
    kind: PartyKind = PartyKind.ORGANISATION
    identity_number: str | None = None
    organisation: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    is_protected: bool = False


def add(
    session: Session, actor: Actor, authority_code: str, facts: ContactFacts, *, despite_similar: bool = False
) -> Contact:
    """Adds a contact. Unless `despite_similar`, one that seems to be there already is told of and not added.

    Raises: NotAllowed; InvalidContact or InvalidFact at the field; ContactExists.
    """
    owner = lookup.authority(session, authority_code)
    actor.require(Permission.REGISTER, owner.code)
    values = _checked(facts)
    if not despite_similar:
        _refuse_similar(session, owner, values)
    contact = Contact(authority=owner, **values)
    session.add(contact)
    session.flush()
    _index(session, contact)
    given = {name: value for name, value in _told(contact).items() if value is not None}
    _note(session, actor, contact, "contact.added", after=given)
    return contact


def change(session: Session, actor: Actor, uid: uuid.UUID, facts: ContactFacts, *, version: int) -> Contact:
    """Replaces all facts of a contact that the actor saw in `version`; the former ones stay in the audit log.

    Raises: ContactNotFound; NotAllowed; InvalidContact or InvalidFact; ContactConflict.
    """
    contact = _locked(session, actor, uid, version)
    _check_in_use(contact)
    _replace(session, actor, contact, _checked(facts), "contact.changed")
    return contact


def retire(session: Session, actor: Actor, uid: uuid.UUID, *, version: int) -> None:
    """Takes a contact out of use: it is not offered any more.

    Raises: ContactNotFound; NotAllowed; ContactConflict.
    """
    contact = _locked(session, actor, uid, version)
    if contact.is_active:
        _set_active(session, actor, contact, active=False, action="contact.retired")


def bring_back(session: Session, actor: Actor, uid: uuid.UUID, *, version: int) -> None:
    """Takes a retired contact into use again.

    Raises: ContactNotFound; NotAllowed; ContactConflict; InvalidContact for one that is merged or protected.
    """
    contact = _locked(session, actor, uid, version)
    if contact.merged_into_id is not None or contact.is_protected:
        raise InvalidContact(_("Kontakten är sammanslagen eller skyddad och kan inte tas i bruk igen."))
    if not contact.is_active:
        _set_active(session, actor, contact, active=True, action="contact.brought_back")


def protect(session: Session, actor: Actor, uid: uuid.UUID, *, version: int) -> None:
    """Empties the details of a person who has got protected identity, and takes the contact out of use, with all
    contacts that were merged into it.

    The events tell that it was done, not what stood there. What is left are digests by which parties of earlier
    records are known to be this person and are not offered.

    Raises: ContactNotFound; NotAllowed; ContactConflict; InvalidContact for one that is merged into another,
    which is then the one to protect. Source: OSL 21 kap. 3–3 a §§, 22 kap. 1 §.
    """
    contact = _locked(session, actor, uid, version)
    if contact.merged_into_id is not None:
        raise InvalidContact(_("Kontakten är sammanslagen med en annan. Skydda den kontakten i stället."))
    same = [contact]
    for one in same:  # grows on the way: what was merged into those that were merged
        query = select(Contact).where(Contact.merged_into_id == one.id).order_by(Contact.id)
        same += session.scalars(query.with_for_update(of=Contact)).unique()
    for one in same:
        _empty(session, actor, one)


def _empty(session: Session, actor: Actor, contact: Contact) -> None:
    shield = matching.shield(contact.name_key, contact.email_key, contact.identity_number)
    for name in (*DETAILS, "email_key", "match_key"):
        setattr(contact, name, None)
    contact.name = _("Skyddade personuppgifter")
    contact.name_key, contact.email_key, contact.match_key = shield
    contact.is_protected, contact.is_active = True, False
    contact.version += 1
    session.execute(delete(ContactWord).where(ContactWord.contact_id == contact.id))
    _note(session, actor, contact, "contact.protected")


def merge(
    session: Session, actor: Actor, keep_uid: uuid.UUID, other_uid: uuid.UUID, *, version: int, other_version: int
) -> Contact:
    """Makes two contacts one: `keep` stays and takes what it lacks from the other, which points to it from now on.

    Both events hold what the facts were.

    Raises: ContactNotFound; NotAllowed; ContactConflict; InvalidContact for a contact with itself, of two
    authorities, or no longer in use.
    """
    if keep_uid == other_uid:
        raise InvalidContact(_("Välj två olika kontakter att slå ihop."))
    first, second = sorted((keep_uid, other_uid))  # always in one order: two merging crosswise don't block
    versions = {keep_uid: version, other_uid: other_version}
    locked = {one: _locked(session, actor, one, versions[one]) for one in (first, second)}
    keep, other = locked[keep_uid], locked[other_uid]
    if keep.authority_id != other.authority_id:
        raise InvalidContact(_("Kontakterna hör till olika myndigheter och kan inte slås ihop."))
    _check_in_use(keep)
    _check_in_use(other)
    facts = {name: getattr(keep, name) or getattr(other, name) for name in DETAILS}
    values = _checked(ContactFacts(name=keep.name, kind=keep.kind, **facts))
    _replace(session, actor, keep, values, "contact.merged", merged=other)
    other.merged_into, other.is_active = keep, False
    other.version += 1
    session.execute(update(Contact).where(Contact.merged_into_id == other.id).values(merged_into_id=keep.id))
    session.execute(delete(ContactWord).where(ContactWord.contact_id == other.id))
    _note(session, actor, other, "contact.merged_into", before=_told(other), after={"merged_into": keep.uid})
    return keep


def _checked(facts: ContactFacts) -> dict[str, object]:
    """The facts by column, cleaned, with their keys. Raises: InvalidContact, InvalidFact at the field."""
    if facts.is_protected:
        raise InvalidContact(
            _("Den som har skyddade personuppgifter får inte finnas i kontaktregistret. Skriv uppgifterna i "
              "handlingen, där bara de som måste ser dem."),
            field="is_protected",
        )  # fmt: skip
    values: dict[str, object] = asdict(facts)
    del values["is_protected"]
    name = columns.text(Contact, "name", facts.name)
    if name is None:
        raise InvalidContact(_("Skriv namnet."), field="name")
    values["name"], values["name_key"] = name, sort_key(name)
    for column in DETAILS:
        values[column] = columns.text(Contact, column, getattr(facts, column))
    values["identity_number"] = rules.identity_number(facts.kind, facts.identity_number)
    email = columns.text(Contact, "email", facts.email)
    if email is not None and (email.count("@") != 1 or _EMAIL_SIGNS & set(email) or email[0] == "@" == email[-1]):
        raise InvalidContact(_("Skriv e-postadressen som namn@exempel.se."), field="email")
    values["email_key"] = matching.email_key(email)
    values["match_key"] = matching.match_key(name, columns.text(Contact, "postal_code", facts.postal_code))
    return values


def _refuse_similar(session: Session, owner: Authority, values: Mapping[str, object]) -> None:
    same = [
        getattr(Contact, key) == values[key]
        for key in ("identity_number", "email_key", "match_key")
        if values[key] is not None
    ]
    same.append((Contact.name_key == values["name_key"]) & (Contact.kind == values["kind"]))
    query = select(Contact.name).where(Contact.authority_id == owner.id, Contact.is_active, or_(*same))
    found = session.scalars(query.order_by(Contact.id).limit(3)).all()
    if found:
        raise ContactExists(
            _("Det finns redan något liknande: %(names)s. Ändra den kontakten, eller lägg till ändå.",
              names=", ".join(found)),
            field="name",
        )  # fmt: skip


def _locked(session: Session, actor: Actor, uid: uuid.UUID, version: int) -> Contact:
    contact = session.scalar(select(Contact).where(Contact.uid == uid))
    if contact is None or not actor.may(Permission.REGISTER, contact.authority.code):
        raise ContactNotFound(_("Kontakten finns inte."))
    actor.require(Permission.CORRECT, contact.authority.code)
    session.refresh(contact, with_for_update={"of": Contact})
    if contact.version != version:
        raise ContactConflict(
            _("Någon annan har ändrat kontakten sedan du öppnade sidan. Läs igenom och ändra igen.")
        )
    return contact


def _check_in_use(contact: Contact) -> None:
    if not contact.is_active:
        raise InvalidContact(_("Kontakten används inte längre och kan inte ändras."))


def _replace(
    session: Session,
    actor: Actor,
    contact: Contact,
    values: Mapping[str, object],
    action: str,
    *,
    merged: Contact | None = None,
) -> None:
    old = _told(contact)
    for name, value in values.items():
        setattr(contact, name, value)
    new = _told(contact)
    changed = [name for name in new if new[name] != old[name]]
    if not changed and merged is None:
        return
    contact.version += 1
    _index(session, contact)
    before = {name: old[name] for name in changed}
    after = {name: new[name] for name in changed}
    if merged is not None:
        before, after = {**old, "merged_name": None}, {**after, "merged": merged.uid, "merged_name": merged.name}
    _note(session, actor, contact, action, before=before, after=after)


def _set_active(session: Session, actor: Actor, contact: Contact, *, active: bool, action: str) -> None:
    contact.is_active = active
    contact.version += 1
    _index(session, contact)
    _note(session, actor, contact, action, before={"is_active": not active}, after={"is_active": active})


def _index(session: Session, contact: Contact) -> None:
    """The words by which the contact is found: none while it is not in use."""
    session.flush()
    session.execute(delete(ContactWord).where(ContactWord.contact_id == contact.id))
    if contact.is_active:
        session.add_all(
            ContactWord(authority_id=contact.authority_id, word=word, contact_id=contact.id)
            for word in sorted(matching.words(contact.name, contact.organisation))
        )


def _told(contact: Contact) -> dict[str, object]:
    """The facts as audit events keep them; "note" is a case's in the log."""
    told = {name: getattr(contact, name) for name in ("name", "kind", *DETAILS)}
    return {**{name: value for name, value in told.items() if name != "note"}, "contact_note": contact.note}


def _note(
    session: Session,
    actor: Actor,
    contact: Contact,
    action: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    session.flush()
    subject = audit.Subject("contact", contact.uid, contact.name, contact.authority.code)
    audit.write(session, actor, action, subject, before=before, after=after)
