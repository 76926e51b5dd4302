"""Who may see what is marked: need to know, decided in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diarium.identity.permissions import Actor, Permission
from diarium.secrecy.models import Restriction, Scope


@dataclass(frozen=True, slots=True)
class Sight:
    """What an actor may see of one case or record besides number, date, direction and type."""

    title: bool
    parties: bool
    files: bool

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.title and self.parties and self.files


def sight(actor: Actor, authority_code: str, responsible_id: int | None, markings: Iterable[Restriction]) -> Sight:
    """What `actor` may see, given the markings in force on the object and on its case.

    Registrars and archivists of the authority see everything; a case officer sees what is marked only in cases
    that are their own. Source: OSL 8 kap. 1–2 §§ (other authorities are outsiders), need to know within one.
    """
    own = (
        actor.user_id is not None
        and actor.user_id == responsible_id
        and actor.may(Permission.READ, authority_code)
    )
    if actor.may(Permission.READ_RESTRICTED, authority_code) or own:
        return Sight(True, True, True)
    scopes = {marking.scope for marking in markings if marking.is_in_force}
    whole = Scope.WHOLE in scopes
    return Sight(
        title=not (whole or Scope.TITLE in scopes),
        parties=not (whole or Scope.PARTIES in scopes),
        files=not (whole or Scope.FILES in scopes),
    )


def may_see_protected(actor: Actor, authority_code: str) -> bool:
    """Whether `actor` may see who a party with protected identity is."""
    return actor.may(Permission.READ_PROTECTED, authority_code)


# Tokens that the internal index stores with each entry and each searcher brings along.
def reader_tokens(
    authority_code: str, responsible_id: int | None, *, is_restricted: bool, is_protected: bool = False
) -> frozenset[str]:
    """Who may find an entry: everybody who reads the authority, or, where it is marked, those who need to know.

    `is_protected`: somebody with protected identity is a party, and the files may tell where they live.
    """
    if is_protected:
        return frozenset({f"protected:{authority_code}"})
    if not is_restricted:
        return frozenset({f"read:{authority_code}"})
    own = {f"user:{responsible_id}:{authority_code}"} if responsible_id is not None else set()
    return frozenset({f"restricted:{authority_code}"} | own)


def tokens_of(actor: Actor) -> frozenset[str]:
    """The tokens that `actor` searches with."""
    read = {f"read:{code}" for code in actor.authorities(Permission.READ)}
    restricted = {f"restricted:{code}" for code in actor.authorities(Permission.READ_RESTRICTED)}
    protected = {f"protected:{code}" for code in actor.authorities(Permission.READ_PROTECTED)}
    own = (
        {f"user:{actor.user_id}:{code}" for code in actor.authorities(Permission.READ)} if actor.user_id else set()
    )
    return frozenset(read | restricted | protected | own)
