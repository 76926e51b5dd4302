"""Mailboxes and scan folders: where each authority's inbox is filled from."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.intake.errors import InvalidSource, SourceNotFound
from diarium.intake.models import Mailbox, ScanFolder
from diarium.intake.vocabulary import Security
from diarium.register import columns, lookup
from diarium.register.models import Authority

PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}
# Whoever adds a mailbox chooses the server that gets the secret: only secrets of mailboxes may be named, and by an
# administrator only those of their own authority.
_PREFIX = "DIARIUM_MAILBOX_"
_VARIABLE = re.compile(_PREFIX + r"[A-Z0-9_]{1,80}")
_PLAIN = str.maketrans("ÅÄÖÉÜ", "AAOEU")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45}")


@dataclass(frozen=True, slots=True)
class NewMailbox:
    """A mailbox to collect from. `password_variable`: the environment variable that holds its password."""

    authority: str
    host: str
    username: str
    password_variable: str
    port: int | None = None
    security: Security = Security.TLS
    folder: str = "INBOX"


def add_mailbox(session: Session, actor: Actor, command: NewMailbox) -> Mailbox:
    """Adds a mailbox, or opens one again that was disabled. What lies in it is collected from the beginning.

    An administrator names a password of their own authority, and no account that another authority collects from.
    Whoever runs the server may let authorities share an account, each with a folder of its own.

    Raises: NotAllowed; InvalidFact for an unknown authority; InvalidSource at the field to be mended.
    """
    owner = lookup.authority(session, command.authority)
    actor.require(Permission.ADMINISTER, owner.code)
    port = command.port or PORTS[command.security]
    _check(command, port)
    if not actor.is_system:
        _check_own_secret(session, owner, command.password_variable)
    folder = _line(Mailbox, "folder", command.folder)
    facts = {
        "host": command.host.strip().lower(),
        "port": port,
        "username": _line(Mailbox, "username", command.username),
        # The one folder whose name mail servers read without regard to case (RFC 3501, 5.1).
        "folder": "INBOX" if folder.upper() == "INBOX" else folder,
    }
    mailbox = _same_mailbox(session, actor, owner, facts)
    if mailbox is None:
        mailbox = Mailbox(authority=owner, **facts)
        session.add(mailbox)
    mailbox.security, mailbox.password_variable = command.security, command.password_variable
    _open(mailbox)
    session.flush()
    after = {**facts, "security": mailbox.security, "password_variable": mailbox.password_variable}
    audit.write(session, actor, "mailbox.added", _subject("mailbox", mailbox), after=after)
    return mailbox


def add_scan_folder(session: Session, actor: Actor, authority: str, path: Path, *, apart_from: Path) -> ScanFolder:
    """Adds a folder to look into, or opens one again that was disabled. `apart_from`: the register's own data.

    Only from the command line: whoever names a folder of the server gets to read what lies in it.

    Raises: NotAllowed; InvalidFact for an unknown authority; InvalidSource.
    """
    if not actor.is_system:
        raise NotAllowed(_("Skannermappar läggs till på servern: diarium scan-folder add."))
    owner = lookup.authority(session, authority)
    place = _usable_folder(path, apart_from)
    folder = session.scalar(select(ScanFolder).where(ScanFolder.path == str(place)))
    if folder is not None and (folder.is_active or folder.authority_id != owner.id):
        raise InvalidSource(_("Mappen finns redan hos %(name)s.", name=folder.authority.name), field="path")
    if folder is None:
        folder = ScanFolder(authority=owner, path=str(place))
        session.add(folder)
    _open(folder)
    session.flush()
    audit.write(session, actor, "scan_folder.added", _subject("scan_folder", folder), after={"path": folder.path})
    return folder


def disable(session: Session, actor: Actor, source: Mailbox | ScanFolder) -> None:
    """Stops collecting there; what has been collected stays. Raises: NotAllowed."""
    actor.require(Permission.ADMINISTER, source.authority.code)
    session.refresh(source, with_for_update=True)
    if not source.is_active:
        return
    source.is_active = False
    kind = "mailbox" if isinstance(source, Mailbox) else "scan_folder"
    audit.write(session, actor, f"{kind}.disabled", _subject(kind, source))


def mailboxes(session: Session, actor: Actor) -> Sequence[Mailbox]:
    """The mailboxes of the authorities that the actor administers, disabled ones too, in the order of adding."""
    query = select(Mailbox).join(Mailbox.authority).options(selectinload(Mailbox.authority)).order_by(Mailbox.id)
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.ADMINISTER)))
    return session.scalars(query).all()


def scan_folders(session: Session, actor: Actor) -> Sequence[ScanFolder]:
    """The scan folders of the authorities that the actor administers, disabled ones too."""
    query = select(ScanFolder).join(ScanFolder.authority).options(selectinload(ScanFolder.authority))
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.ADMINISTER)))
    return session.scalars(query.order_by(ScanFolder.id)).all()


def mailbox(session: Session, actor: Actor, uid: uuid.UUID) -> Mailbox:
    """The mailbox with `uid`. Raises: SourceNotFound also where the actor does not administer its authority."""
    found = session.scalar(select(Mailbox).where(Mailbox.uid == uid))
    if found is None or not actor.may(Permission.ADMINISTER, found.authority.code):
        raise SourceNotFound(_("Det finns ingen sådan e-postlåda."))
    return found


def scan_folder(session: Session, actor: Actor, uid: uuid.UUID) -> ScanFolder:
    """The scan folder with `uid`. Raises: SourceNotFound as `mailbox`."""
    found = session.scalar(select(ScanFolder).where(ScanFolder.uid == uid))
    if found is None or not actor.may(Permission.ADMINISTER, found.authority.code):
        raise SourceNotFound(_("Det finns ingen sådan skannermapp."))
    return found


def _open(source: Mailbox | ScanFolder) -> None:
    source.is_active, source.failures = True, 0
    source.last_error = source.next_try_at = source.claimed_until = None


def _check(command: NewMailbox, port: int) -> None:
    host = command.host.strip()
    if not _HOST.fullmatch(host):
        raise InvalidSource(_("Skriv serverns namn, till exempel imap.ekdala.example."), field="host")
    if not 1 <= port <= 65535:
        raise InvalidSource(_("Porten ska vara ett tal mellan 1 och 65535."), field="port")
    if command.security is Security.NONE and not _is_this_machine(host):
        raise InvalidSource(
            _("Okrypterad anslutning tillåts bara till den egna datorn. Välj tls eller starttls."),
            field="security",
        )
    if command.security is Security.STARTTLS and port == PORTS[Security.TLS]:
        raise InvalidSource(_("Port 993 kräver tls. Välj tls, eller port 143 för starttls."), field="security")
    if not command.username.strip():
        raise InvalidSource(_("Skriv användarnamnet hos e-postservern."), field="username")
    if not command.folder.strip():
        raise InvalidSource(_("Skriv mappens namn, till exempel INBOX."), field="folder")
    if not _VARIABLE.fullmatch(command.password_variable):
        raise InvalidSource(
            _("Ange namnet på miljövariabeln med lösenordet. Det ska börja med DIARIUM_MAILBOX_, till exempel "
              "DIARIUM_MAILBOX_KS. Skriv inte själva lösenordet."),
            field="password_variable",
        )  # fmt: skip


def _check_own_secret(session: Session, owner: Authority, variable: str) -> None:
    """Raises: InvalidSource unless the variable's name begins with `owner`'s code, and no other's better."""
    own = _stem(owner.code)
    others = (_stem(code) for code in session.scalars(select(Authority.code).where(Authority.id != owner.id)))
    is_of_other = any(len(stem) >= len(own) and _belongs(variable, stem) for stem in others)
    if is_of_other or not _belongs(variable, own):
        raise InvalidSource(
            _(
                "Lösenordet ska höra till %(name)s: miljövariabeln ska heta %(own)s eller börja med %(own)s_.",
                name=owner.name,
                own=own,
            ),
            field="password_variable",
        )


def _stem(code: str) -> str:
    """How the variables of the authority with `code` begin: names of variables know no letters but A–Z."""
    return _PREFIX + re.sub(r"[^A-Z0-9]", "_", code.upper().translate(_PLAIN))


def _belongs(variable: str, stem: str) -> bool:
    return variable == stem or variable.startswith(f"{stem}_")


def _same_mailbox(session: Session, actor: Actor, owner: Authority, facts: Mapping[str, object]) -> Mailbox | None:
    """The disabled mailbox of `owner` that `facts` name. Raises: InvalidSource where it is in use or another's."""
    username = str(facts["username"]).casefold()
    account = [
        one
        for one in session.scalars(select(Mailbox).where(Mailbox.host == facts["host"]).order_by(Mailbox.id))
        if one.username.casefold() == username
    ]
    of_others = [one for one in account if one.authority_id != owner.id]
    if actor.is_system:
        of_others = [one for one in of_others if one.folder == facts["folder"]]
    same = [one for one in account if (one.port, one.folder) == (facts["port"], facts["folder"])]
    taken = [*of_others, *(one for one in same if one.is_active)]
    if taken:
        raise InvalidSource(
            _("E-postlådan finns redan hos %(name)s.", name=taken[0].authority.name), field="username"
        )
    return same[0] if same else None


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _usable_folder(path: Path, apart_from: Path) -> Path:
    if not path.is_absolute() or path.is_symlink() or not path.is_dir():
        raise InvalidSource(
            _("”%(path)s” är ingen mapp. Ange hela sökvägen till en mapp som finns.", path=path), field="path"
        )
    place, own = path.resolve(), apart_from.resolve()
    if place == own or own in place.parents or place in own.parents:
        raise InvalidSource(_("Mappen hör till diariets egna data. Välj en annan."), field="path")
    if len(str(place)) > 1000:
        raise InvalidSource(_("Sökvägen är för lång."), field="path")
    return place


def _line(kind: type[Mailbox], name: str, value: str) -> str:
    return columns.text(kind, name, value) or ""


def _subject(kind: str, source: Mailbox | ScanFolder) -> audit.Subject:
    return audit.Subject(kind, source.uid, source.name[:300], source.authority.code)
