"""Disposal from the command line: what is due, how far it has come, the work itself. People decide elsewhere."""

from __future__ import annotations

import time

import click
from sqlalchemy import select

from diarium.cli import frame
from diarium.disposal import due as due_cases
from diarium.disposal import executing, reckoning, views
from diarium.disposal.models import PROPOSAL_STATE_LABELS, DisposalProposal, ItemState, ProposalState
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.identity.permissions import SYSTEM

_YEARS_AHEAD = 5


@click.group(help=_("Gallring: se vad som faller ut, och utför det som är beslutat."))
def disposal() -> None:
    """Holds the commands on disposal."""


@disposal.command(help=_("Visar hur många ärenden som får gallras, år för år och klass för klass."))
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
def due(authority: str) -> None:
    """One line for each year, class and rule."""
    year = today().year
    with frame.services() as diarium, diarium.database.reading() as session:
        rows = due_cases.calendar(session, authority, year, year + _YEARS_AHEAD)
    for row in rows:
        click.echo(
            f"{row.year}-01-01  {row.class_code} {row.class_title}  {reckoning.in_words(row.rule)}  {row.cases}"
        )
    if not rows:
        click.echo(_("Inget faller ut de närmaste åren."))


@disposal.command("list", help=_("Visar gallringsförslag och hur långt de har kommit."))
def listing() -> None:
    """One line for each proposal, the newest first."""
    with frame.services() as diarium, diarium.database.reading() as session:
        rows, _older = views.proposals(session, SYSTEM)
        for row in rows:
            state = PROPOSAL_STATE_LABELS[row.proposal.state]
            done = f"{row.counts[ItemState.DISPOSED]}/{row.total}"
            click.echo(f"{row.proposal.number_text}  {state}  {done}  {row.proposal.decision or ''}".rstrip())


@disposal.command(help=_("Utför beslutad gallring nu. Arbetaren gör det annars av sig själv."))
@click.option("--wait", type=click.FloatRange(0), default=0.0, help=_("Sekunder att vänta på index och webb."))
def run(wait: float) -> None:
    """Disposes of what is decided; ends proposals that the worker's consumers have followed."""
    with frame.services() as diarium:
        disposer, done, deadline = diarium.disposer, 0, time.monotonic() + wait
        while True:
            step = disposer.run()
            done += step
            with diarium.database.reading() as session:
                state = DisposalProposal.state == ProposalState.EXECUTING
                waiting = session.scalars(select(DisposalProposal.id).where(state)).all()
            if not step and (not waiting or time.monotonic() >= deadline):
                break
            if not step:
                time.sleep(0.5)
    click.echo(ngettext("%(num)s ärende gallrat.", "%(num)s ärenden gallrade.", done))
    if waiting:
        click.echo(
            ngettext(
                "%(num)s gallring väntar på index, webb eller fillager.",
                "%(num)s gallringar väntar på index, webb eller fillager.",
                len(waiting),
            )
        )


@disposal.command(help=_("Skriver om registrets SQLite-fil så att inget av det gallrade finns kvar i den."))
def compact() -> None:
    """For files that are too large for the worker to rewrite by itself. Nobody can write meanwhile."""
    with frame.services() as diarium:
        if not executing.compacted(diarium.database, up_to=2**63):
            raise frame.CommandFailed(_("Någon läser ur registret just nu. Försök igen."))
    click.echo(_("Filen är omskriven."))
