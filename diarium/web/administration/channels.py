"""Where the inboxes are filled from: mailboxes and scan folders, with what went wrong last."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Actor, Permission
from diarium.intake import sources
from diarium.intake.sources import NewMailbox
from diarium.intake.vocabulary import Security
from diarium.register.administration import authorities
from diarium.web import context
from diarium.web.administration.frame import attempt, blueprint, filled, text
from diarium.web.arguments import whole_number

SECURITIES = (
    (Security.TLS, "TLS (993)"),
    (Security.STARTTLS, "STARTTLS (143)"),
)


@blueprint.route("/kanaler", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def channel_list() -> ResponseReturnValue:
    """The mailboxes and scan folders, and a form for another mailbox."""
    who = context.actor()
    failure = None
    if request.method == "POST":
        failure = attempt(lambda session: sources.add_mailbox(session, who, _new_mailbox()))
        if failure is None:
            flash(_("E-postlådan är kopplad. Det som ligger i den hämtas inom kort."), "success")
            return redirect(url_for("administration.channel_list"))
    with context.diarium().database.reading() as session:
        mailboxes = sources.mailboxes(session, who)
        folders = sources.scan_folders(session, who)
        owners = authorities.listing(session, who)
    return filled(
        "administration/common/channels.html",
        {"security": Security.TLS.value, "folder": "INBOX", "authority": request.args.get("authority", "")},
        failure,
        mailboxes=mailboxes,
        folders=folders,
        authorities=[(row.code, row.name) for row in owners],
        securities=[(item.value, label) for item, label in SECURITIES],
        show_time=show_time,
    )


@blueprint.post("/kanaler/brevlada/<uuid:uid>/stang-av")
@context.staff(Permission.ADMINISTER)
def mailbox_disable(uid: uuid.UUID) -> ResponseReturnValue:
    """Stops collecting from a mailbox."""
    with context.diarium().database.unit_of_work() as session:
        sources.disable(session, context.actor(), sources.mailbox(session, context.actor(), uid))
    flash(_("Inget hämtas längre från e-postlådan. Det som har hämtats finns kvar."), "success")
    return redirect(url_for("administration.channel_list"))


@blueprint.post("/kanaler/mapp/<uuid:uid>/stang-av")
@context.staff(Permission.ADMINISTER)
def folder_disable(uid: uuid.UUID) -> ResponseReturnValue:
    """Stops looking into a scan folder."""
    with context.diarium().database.unit_of_work() as session:
        sources.disable(session, context.actor(), sources.scan_folder(session, context.actor(), uid))
    flash(_("Inget hämtas längre från mappen. Det som har hämtats finns kvar."), "success")
    return redirect(url_for("administration.channel_list"))


def count(session: Session, actor: Actor, code: str) -> int:
    """How many mailboxes and folders of the authority are in use."""
    mailboxes = sum(item.is_active and item.authority.code == code for item in sources.mailboxes(session, actor))
    folders = sum(item.is_active and item.authority.code == code for item in sources.scan_folders(session, actor))
    return mailboxes + folders


def _new_mailbox() -> NewMailbox:
    security = text("security")
    return NewMailbox(
        authority=text("authority"),
        host=text("host"),
        username=text("username"),
        password_variable=text("password_variable"),
        port=whole_number(text("port"), 0, 100_000) or None,
        security=Security(security) if security in list(Security) else Security.TLS,
        folder=text("folder"),
    )
