"""Users and their access tokens."""

from __future__ import annotations

import sys

import click
from sqlalchemy.orm import Session

from diarium.cli import frame
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.i18n import local_date, show_date, show_time
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.models import AccessToken
from diarium.identity.permissions import SYSTEM, Role
from diarium.identity.scopes import TokenScope
from diarium.register import lookup


@click.group(help=_("Användare."))
def user() -> None:
    """Holds the commands on users."""


@user.command("add", help=_("Lägger till en användare. Frågar efter lösenordet."))
@click.argument("username")
@click.option("--name", required=True, help=_("Personens namn."))
@click.option(
    "--role",
    "roles",
    type=frame.choice(Role),
    multiple=True,
    required=True,
    help=_("Roll vid myndigheterna; kan ges flera gånger."),
)
@click.option("--authority", "authorities", multiple=True, required=True, help=_("Myndighetens kod, som KS."))
@click.option("--email", help=_("E-postadress."))
@click.option("--password-stdin", is_flag=True, help=_("Läs lösenordet från standard in i stället för att fråga."))
@click.option("--no-password", is_flag=True, help=_("Inget lösenord: användaren kan bara använda åtkomstnyckel."))
def add_user(
    username: str,
    name: str,
    roles: tuple[str, ...],
    authorities: tuple[str, ...],
    email: str | None,
    password_stdin: bool,
    no_password: bool,
) -> None:
    """Adds a user with the roles at each of the authorities; prints the user name."""
    with frame.services() as diarium:
        with diarium.database.reading() as session:
            codes = _codes(session, authorities)
        password = None if no_password else _password(from_stdin=password_stdin)
        with diarium.database.unit_of_work() as session:
            wanted = {code: [Role(role) for role in roles] for code in codes}
            added = identity.create_user(session, SYSTEM, username, name, wanted, password=password, email=email)
            click.echo(added.username)


@user.command("disable", help=_("Stänger en användare ute genast; det som användaren har gjort står kvar."))
@click.argument("username")
def disable_user(username: str) -> None:
    """Closes the account and ends its sessions."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        accounts.disable(session, SYSTEM, accounts.user_by_name(session, username))
    frame.tell(_("Användaren ”%(name)s” är avstängd.", name=username))


@user.command("enable", help=_("Släpper in en avstängd användare igen, med samma lösenord och roller."))
@click.argument("username")
def enable_user(username: str) -> None:
    """Opens the account again."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        accounts.enable(session, SYSTEM, accounts.user_by_name(session, username))
    frame.tell(_("Användaren ”%(name)s” är aktiv.", name=username))


@user.command("password", help=_("Ger en användare nytt lösenord och loggar ut användaren överallt."))
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help=_("Läs lösenordet från standard in i stället för att fråga."))
def set_password(username: str, password_stdin: bool) -> None:
    """Sets the password that is read, and ends the user's sessions."""
    with frame.services() as diarium:
        with diarium.database.reading() as session:
            accounts.user_by_name(session, username)  # a wrong name is told before anything is typed
        password = _password(from_stdin=password_stdin)
        with diarium.database.unit_of_work() as session:
            accounts.set_password(session, SYSTEM, accounts.user_by_name(session, username), password)
    frame.tell(_("Användaren ”%(name)s” har fått nytt lösenord.", name=username))


@user.command("roles", help=_("Byter ut en användares roller vid de angivna myndigheterna. Gäller genast."))
@click.argument("username")
@click.option(
    "--role",
    "roles",
    type=frame.choice(Role),
    multiple=True,
    help=_("Roll vid myndigheterna; kan ges flera gånger."),
)
@click.option("--no-role", is_flag=True, help=_("Ta bort alla roller vid myndigheterna."))
@click.option("--authority", "authorities", multiple=True, required=True, help=_("Myndighetens kod, som KS."))
def set_roles(username: str, roles: tuple[str, ...], no_role: bool, authorities: tuple[str, ...]) -> None:
    """Replaces the roles at the authorities; those at others stay."""
    if bool(roles) == no_role:
        raise click.UsageError(_("Ange antingen --role eller --no-role."))
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        wanted = {code: [Role(role) for role in roles] for code in _codes(session, authorities)}
        is_reset = accounts.set_roles(session, SYSTEM, accounts.user_by_name(session, username), wanted)
    frame.tell(_("Användaren ”%(name)s” har fått andra roller.", name=username))
    if is_reset:
        frame.tell(_("Lösenordet och nycklarna från tiden utan roller gäller inte. Sätt ett nytt lösenord."))


@click.group(help=_("Åtkomstnycklar för program."))
def token() -> None:
    """Holds the commands on tokens."""


@token.command("create", help=_("Skapar en åtkomstnyckel som ger användarens behörighet. Den visas bara nu."))
@click.argument("username")
@click.option("--name", required=True, help=_("Vad nyckeln är till för."))
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help=_("Giltighet i dygn."))
@click.option(
    "--scope",
    "scopes",
    type=frame.choice(TokenScope),
    multiple=True,
    help=_("Vad nyckeln får användas till; kan ges flera gånger. Annars allt som användarens roller räcker till."),
)
def create_token(username: str, name: str, days: int, scopes: tuple[str, ...]) -> None:
    """Prints a new token, this once."""
    wanted = [TokenScope(scope) for scope in scopes] or None
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        owner = frame.user(session, username)
        click.echo(identity.create_token(session, SYSTEM, owner, name, days=days, scopes=wanted))


@token.command(
    "list", help=_("Visar en användares åtkomstnycklar: id, läge, sista dag, namn, senast använd och användning.")
)
@click.argument("username")
def list_tokens(username: str) -> None:
    """Prints one token a line, its fields parted by tabs; never the secret itself, which is not kept."""
    with frame.services() as diarium, diarium.database.reading() as session:
        for item in identity.tokens_of(session, accounts.user_by_name(session, username)):
            last, used = show_date(local_date(item.expires_at)), show_time(item.last_used_at) or "-"
            click.echo("\t".join((str(item.uid), _state(item), last, item.name, used, item.scopes or "-")))


@token.command("revoke", help=_("Återkallar en åtkomstnyckel. TOKEN är dess id (se ”token list”) eller namn."))
@click.argument("token")
def revoke_token(token: str) -> None:
    """Makes the token worth nothing; prints its identifier."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        found = identity.find_token(session, token)
        identity.revoke_token(session, SYSTEM, found)
        click.echo(found.uid)


def _codes(session: Session, authorities: tuple[str, ...]) -> list[str]:
    return [lookup.authority(session, code).code for code in authorities]


def _state(token: AccessToken) -> str:
    if token.revoked_at is not None:
        return _("återkallad")
    return _("utgången") if token.expires_at <= now() else _("giltig")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt(_("Lösenord"), hide_input=True, confirmation_prompt=_("Lösenordet igen"), err=True)
    return given
