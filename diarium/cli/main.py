"""The `diarium` command.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 not done (one line says
why), 2 wrongly called; `diarium validate` has its own.
"""

from __future__ import annotations

import click

from diarium import __version__
from diarium.cli import (
    archiving,
    auditing,
    collecting,
    delivering,
    disposing,
    frame,
    importing,
    letterbox,
    organising,
    parking,
    people,
    publishing,
    registering,
    safekeeping,
    searching,
    serving,
    telling,
    upkeep,
    validating,
)
from diarium.i18n import gettext as _


@click.group(cls=frame.Commands, help=_("Dokument- och ärendehantering med öppet diarium."))
@click.version_option(__version__, package_name="diarium", prog_name="diarium")
def main() -> None:
    """Sets up the log; the commands do the rest."""
    frame.log_to_stderr()


for command in (
    upkeep.prepare,
    upkeep.demo,
    upkeep.status,
    registering.register,
    searching.search,
    archiving.export,
    delivering.agreement,
    delivering.deliver,
    delivering.receipt,
    disposing.disposal,
    validating.validate,
    importing.import_package,
    serving.worker,
    parking.parked,
    serving.serve,
    organising.authority,
    organising.unit,
    organising.number_series,
    organising.scheme,
    people.user,
    people.token,
    telling.webhook,
    collecting.mailbox,
    collecting.scan_folder,
    collecting.collect,
    collecting.receive,
    auditing.audit,
    letterbox.letterbox,
    publishing.public,
    safekeeping.backup,
    safekeeping.restore,
    safekeeping.check,
):
    main.add_command(command)
