"""Users and their access tokens."""

from __future__ import annotations

import sys

import click

from diarium.cli import frame
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Role
from diarium.register import lookup


@click.group(help=_("Användare."))
def user() -> None:
    """Holds the commands on users."""


@user.command("add", help=_("Lägger till en användare. Lösenordet frågas efter."))
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
@click.option(
    "--no-password", is_flag=True, help=_("Inget lösenord: användaren kan bara handla med åtkomstnyckel.")
)
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
            codes = [lookup.authority(session, code).code for code in authorities]
        password = None if no_password else _password(from_stdin=password_stdin)
        with diarium.database.unit_of_work() as session:
            wanted = {code: [Role(role) for role in roles] for code in codes}
            added = identity.create_user(session, SYSTEM, username, name, wanted, password=password, email=email)
            click.echo(added.username)


@click.group(help=_("Åtkomstnycklar för program."))
def token() -> None:
    """Holds the commands on tokens."""


@token.command("create", help=_("Skapar en åtkomstnyckel som ger användarens behörighet. Den visas bara nu."))
@click.argument("username")
@click.option("--name", required=True, help=_("Vad nyckeln är till för."))
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help=_("Giltighet i dygn."))
def create_token(username: str, name: str, days: int) -> None:
    """Prints a new token, this once."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        owner = frame.user(session, username)
        click.echo(identity.create_token(session, SYSTEM, owner, name, days=days))


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt(_("Lösenord"), hide_input=True, confirmation_prompt=_("Samma igen"), err=True)
    return given
