"""Who may see what is marked: need to know, decided in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diarium.identity.permissions import Actor, Permission
from diarium.secrecy.models import Restriction, Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where something lies, as far as it decides who needs to know it. `record_id` None: the case itself.

    `is_case_closed`, `is_record_closed`: the case, or the record, has a closed circle (*begränsad krets*).
    """

    authority: str
    case_id: int
    officer_id: int | None
    record_id: int | None = None
    is_case_closed: bool = False
    is_record_closed: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether only those named see what is marked."""
        return self.is_case_closed or self.is_record_closed


@dataclass(frozen=True, slots=True)
class Sight:
    """What an actor may see of one case or record besides number, date, direction and type.

    `files`: all of them. Where some are hidden, `hidden_files` are their numbers; None means all are.
    """

    title: bool
    parties: bool
    files: bool
    hidden_files: frozenset[int] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.title and self.parties and self.files

    def shows(self, document_id: int) -> bool:
        """Whether the file with this number may be seen."""
        return self.files or (self.hidden_files is not None and document_id not in self.hidden_files)


def may_read(actor: Actor, authority: str, case_id: int) -> bool:
    """Whether `actor` may know of the case and read in it: their own authority's, or shown to their authority.

    Source: OSL 8 kap. 1–2 §§ (other authorities are outsiders).
    """
    return actor.may(Permission.READ, authority) or shared_key(case_id) in actor.keys


def needs_to_know(actor: Actor, place: Place) -> bool:
    """Whether `actor` sees what is marked at `place`.

    Within the authority: registrars and archivists, unless there is a closed circle; the officer of the case; who
    is let in by name or role. Of another authority: who is let into the marked parts of a shared case, but never
    where there is a closed circle. Who is let into a case is not in the closed circle of one of its records.
    """
    if actor.is_system:
        return True
    if not actor.may(Permission.READ, place.authority):
        return marked_key(place.case_id) in actor.keys and not place.is_closed
    if actor.user_id is not None and actor.user_id == place.officer_id:
        return True
    if case_key(place.case_id, place.authority) in actor.keys and not place.is_record_closed:
        return True
    if place.record_id is not None and record_key(place.record_id, place.authority) in actor.keys:
        return True
    return actor.may(Permission.READ_RESTRICTED, place.authority) and not place.is_closed


def sight(actor: Actor, place: Place, markings: Iterable[Restriction]) -> Sight:
    """What `actor` may see at `place`, given the markings on the object and on its case.

    Who may not read the case at all sees nothing of it, marked or not.
    """
    if needs_to_know(actor, place):
        return Sight(True, True, True)
    if not may_read(actor, place.authority, place.case_id):
        return Sight(False, False, False)
    in_force = [marking for marking in markings if marking.is_in_force]
    scopes = {marking.scope for marking in in_force}
    whole = Scope.WHOLE in scopes
    single = frozenset(marking.document_id for marking in in_force if marking.document_id is not None)
    all_files = whole or any(item.scope is Scope.FILES and item.document_id is None for item in in_force)
    return Sight(
        title=not (whole or Scope.TITLE in scopes),
        parties=not (whole or Scope.PARTIES in scopes),
        files=not (all_files or single),
        hidden_files=single if single and not all_files else None,
    )


def may_see_protected(actor: Actor, authority_code: str) -> bool:
    """Whether `actor` may see who a party with protected identity is."""
    return actor.may(Permission.READ_PROTECTED, authority_code)


# Keys: what lets an actor in beside the roles. `secrecy.grants` gives them; they are tokens of the search too.
def case_key(case_id: int, authority: str) -> str:
    """Lets into what is marked in a case of the own authority."""
    return f"case:{case_id}:{authority}"


def record_key(record_id: int, authority: str) -> str:
    """Lets into what is marked in a record of the own authority."""
    return f"record:{record_id}:{authority}"


def shared_key(case_id: int) -> str:
    """Lets into a case that another authority shows."""
    return f"shared:{case_id}"


def marked_key(case_id: int) -> str:
    """Lets into what is marked in a case that another authority shows."""
    return f"shared-marked:{case_id}"


@dataclass(frozen=True, slots=True)
class LetIn:
    """The cases and records of the own authorities that an actor is let into by name or role, by number."""

    cases: frozenset[int]
    records: frozenset[int]


def let_in(actor: Actor) -> LetIn:
    """What the actor's keys open, for conditions in queries."""
    found: dict[str, set[int]] = {"case": set(), "record": set()}
    for key in actor.keys:
        kind, _colon, rest = key.partition(":")
        if kind in found:
            found[kind].add(int(rest.partition(":")[0]))
    return LetIn(frozenset(found["case"]), frozenset(found["record"]))


# Tokens that the internal index stores with each entry and each searcher brings along.
def reader_tokens(
    place: Place, *, is_restricted: bool, is_protected: bool = False, is_shared: bool = False
) -> frozenset[str]:
    """Who may find an entry: who reads the case, or, where it is marked, who needs to know.

    `is_protected`: somebody with protected identity is a party, and the files may tell where they live.
    `is_shared`: the case is shown to another authority. The tokens say what `needs_to_know` says; a test holds
    both against each other. A key that is given or taken asks for no new entry.
    """
    tokens = _of_marked(place) if is_restricted else {f"read:{place.authority}"}
    if is_shared and not is_restricted:
        tokens.add(shared_key(place.case_id))
    if is_shared and is_restricted and not place.is_closed:
        tokens.add(marked_key(place.case_id))
    return frozenset(_protected(token) for token in tokens) if is_protected else frozenset(tokens)


def tokens_of(actor: Actor) -> frozenset[str]:
    """The tokens that `actor` searches with."""
    tokens = set(actor.keys)
    protected = set()
    for code in actor.authorities(Permission.READ):
        own = {f"read:{code}"} | {key for key in actor.keys if key.endswith(f":{code}")}
        if actor.user_id is not None:
            own.add(f"user:{actor.user_id}:{code}")
        if actor.may(Permission.READ_RESTRICTED, code):
            own.add(f"restricted:{code}")
        if actor.may(Permission.READ_PROTECTED, code):
            protected |= {_protected(token) for token in own}
        tokens |= own
    return frozenset(tokens | protected)


def _of_marked(place: Place) -> set[str]:
    tokens = set()
    if place.officer_id is not None:
        tokens.add(f"user:{place.officer_id}:{place.authority}")
    if not place.is_record_closed:
        tokens.add(case_key(place.case_id, place.authority))
    if place.record_id is not None:
        tokens.add(record_key(place.record_id, place.authority))
    if not place.is_closed:
        tokens.add(f"restricted:{place.authority}")
    return tokens


def _protected(token: str) -> str:
    return f"protected:{token}"
