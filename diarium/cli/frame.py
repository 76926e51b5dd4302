"""What every command needs: services, an actor, and errors as one line on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import IO, Any

import click
import structlog
from marshmallow import ValidationError
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from diarium.composition import Diarium
from diarium.errors import DomainError, NotFound
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Role
from diarium.register.models import Authority
from diarium.secrecy import grants
from diarium.settings import from_environment

DATE = click.DateTime(formats=["%Y-%m-%d"])


class UnknownUser(NotFound):
    """No active user has that name."""


class CommandFailed(click.ClickException):
    """What the user can mend: one line on standard error, exit code 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(_("Fel: %(what)s", what=self.message), file=file, err=file is None)


class Commands(click.Group):
    """A group that turns expected errors into `CommandFailed`."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise CommandFailed(error.message) from error
        except ValidationError as error:
            raise CommandFailed("; ".join(_told(error.messages))) from error
        except OperationalError as error:
            raise CommandFailed(_("Databasen går inte att använda: %(reason)s", reason=error.orig)) from error
        except BrokenPipeError:
            raise  # click ends quietly
        except OSError as error:
            place = f" ({error.filename})" if error.filename else ""
            raise CommandFailed(f"{error.strerror or error}{place}") from error


@contextmanager
def services(*, must_be_prepared: bool = True) -> Iterator[Diarium]:
    """The services of this command, closed at its end. Raises: SettingsError, NotPrepared."""
    diarium = Diarium(from_environment())
    try:
        if must_be_prepared:
            diarium.require_prepared()
        yield diarium
    finally:
        diarium.close()


def actor(session: Session, username: str | None) -> Actor:
    """The user with `username`, or the system with every right at every authority. Raises: UnknownUser."""
    if username is None:
        roles = {code: frozenset(Role) for code in session.scalars(select(Authority.code))}
        return Actor(user_id=None, name=SYSTEM.name, roles=roles, is_system=True)
    return grants.actor_of(session, user(session, username))


def user(session: Session, username: str) -> User:
    """The active user with `username`. Raises: UnknownUser."""
    found = session.scalar(select(User).where(User.username == username.strip().lower(), User.is_active))
    if found is None:
        raise UnknownUser(_("Det finns ingen aktiv användare ”%(name)s”.", name=username))
    return found


def choice(kind: type[StrEnum]) -> click.Choice[str]:
    """An option's values from a closed list (click would take the members' names)."""
    return click.Choice([item.value for item in kind])


def tell(message: str) -> None:
    """A word to the person at the terminal: on standard error, since standard output is for results."""
    click.echo(message, err=True)


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes texts as they are: a title is no markup."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def log_to_stderr() -> None:
    """Sends the log to standard error, a line an event."""
    structlog.configure(logger_factory=_stderr_logger)


def _stderr_logger(*_args: object) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)


def _told(messages: object, place: str = "") -> Iterator[str]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _told(inner, str(key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _told(inner, place)
    else:
        yield f"{place}: {messages}"
