"""One's own account: where one is logged in, and what one proves oneself with."""

from __future__ import annotations

import io
import uuid

import segno
from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import DomainError, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity import passkeys, second_factor, sessions
from diarium.identity import service as identity
from diarium.identity.login_models import LOGIN_WAY_LABELS, FactorKind, SecondFactor
from diarium.identity.models import User
from diarium.web import context, passkey_questions
from diarium.web.confirming import confirmed
from diarium.web.session import StaffUser, current_session, end

blueprint = Blueprint("account", __name__, url_prefix="/intern/konto")


@blueprint.get("")
@context.logged_in
def details() -> ResponseReturnValue:
    """Sessions and second factors."""
    return _page({})


@blueprint.post("/inloggning/<uuid:uid>/avsluta")
@context.logged_in
def end_session(uid: uuid.UUID) -> ResponseReturnValue:
    """Ends one session, perhaps this one."""
    here = _here()
    with context.diarium().database.unit_of_work() as session:
        sessions.end(session, here.actor, uid)
    if uid == here.session_uid:
        end()
        flash(_("Du är utloggad."), "success")
        return redirect(url_for("login.form"))
    flash(_("Inloggningen är avslutad."), "success")
    return redirect(url_for("account.details"))


@blueprint.post("/inloggning/avsluta-alla")
@context.logged_in
def end_all() -> ResponseReturnValue:
    """Ends every session, also this one."""
    here = _here()
    with context.diarium().database.unit_of_work() as session:
        identity.end_sessions(session, here.actor, _user(session, here))
    end()
    flash(_("Du är utloggad överallt."), "success")
    return redirect(url_for("login.form"))


@blueprint.post("/kodapp")
@context.logged_in
@confirmed
def begin_code_app() -> ResponseReturnValue:
    """Begins with a new code app."""
    services, here = context.diarium(), _here()
    name = request.form.get("name", "")
    try:
        with services.database.unit_of_work() as session:
            user = _user(session, here)
            factor = second_factor.begin_code_app(session, here.actor, user, services.factor_key, name)
    except DomainError as error:
        return _page({error.field or "": error.message}, name=name), 422
    return redirect(url_for("account.code_app", uid=factor.uid))


@blueprint.get("/kodapp/<uuid:uid>")
@context.logged_in
def code_app(uid: uuid.UUID) -> ResponseReturnValue:
    """Shows the QR code and asks for the first code."""
    return _code_app_page(uid, {})


@blueprint.get("/kodapp/<uuid:uid>/qr.svg")
@context.logged_in
def qr_code(uid: uuid.UUID) -> ResponseReturnValue:
    """What the app reads."""
    services = context.diarium()
    with services.database.reading() as session:
        address = second_factor.address_of(_unconfirmed(session, uid), services.factor_key)
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=5, xmldecl=False)
    return Response(picture.getvalue(), mimetype="image/svg+xml")


@blueprint.post("/kodapp/<uuid:uid>")
@context.logged_in
@confirmed
def confirm_code_app(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes the app into use; shows the recovery codes, this once."""
    services, here = context.diarium(), _here()
    try:
        with services.database.unit_of_work() as session:
            factor, typed = _unconfirmed(session, uid), request.form.get("code", "")[:40]
            codes = second_factor.confirm_code_app(session, here.actor, factor, services.factor_key, typed)
    except NotFound:
        raise
    except DomainError as error:
        return _code_app_page(uid, {error.field or "": error.message}), 422
    return context.page("account/codes.html", codes=codes)


@blueprint.post("/nyckel/fraga")
@context.logged_in
def ask_for_passkey() -> ResponseReturnValue:
    """What the browser needs to make a new key: JSON for the script of the page."""
    party, here = passkey_questions.party(), _here()
    if party is None:
        raise NotFound(_("Inloggningsnycklar är inte påslagna här."))
    with context.diarium().database.reading() as session:
        return passkey_questions.asked(passkeys.ask_to_register(session, _user(session, here), party))


@blueprint.post("/nyckel")
@context.logged_in
@confirmed
def add_passkey() -> ResponseReturnValue:
    """Keeps a key that the browser has made."""
    party, here, put = passkey_questions.party(), _here(), passkey_questions.put()
    name, answer = request.form.get("passkey_name", ""), request.form.get("answer", "")
    if party is None or put is None:
        return _page({"passkey_name": _("Det tog för lång tid. Försök igen.")}, passkey_name=name), 422
    try:
        with context.diarium().database.unit_of_work() as session:
            passkeys.register(session, here.actor, _user(session, here), party, put.challenge, answer, name)
    except DomainError as error:
        return _page({error.field or "": error.message}, passkey_name=name), 422
    flash(_("Nyckeln är tillagd. Nästa gång loggar du in med den."), "success")
    return redirect(url_for("account.details"))


@blueprint.post("/metod/<uuid:uid>/ta-bort")
@context.logged_in
@confirmed
def remove_factor(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes a second factor away."""
    with context.diarium().database.unit_of_work() as session:
        second_factor.remove(session, _here().actor, uid)
    flash(_("Metoden är borttagen."), "success")
    return redirect(url_for("account.details"))


@blueprint.post("/reservkoder")
@context.logged_in
@confirmed
def new_codes() -> ResponseReturnValue:
    """Makes new recovery codes instead of the earlier ones."""
    here = _here()
    with context.diarium().database.unit_of_work() as session:
        if not second_factor.has_code_app(session, here.actor.user_id or 0):
            raise NotFound(_("Lägg till en kodapp först."))
        codes = second_factor.new_recovery_codes(session, here.actor, _user(session, here))
    return context.page("account/codes.html", codes=codes)


def _page(errors: dict[str, str], *, name: str = "", passkey_name: str = "") -> str:
    here = _here()
    user_id = here.actor.user_id or 0
    with context.diarium().database.reading() as session:
        return context.page(
            "account/details.html",
            here=here.session_uid,
            sessions=sessions.of_user(session, user_id),
            factors=second_factor.of_user(session, user_id),
            codes_left=second_factor.recovery_codes_left(session, user_id),
            ways=LOGIN_WAY_LABELS,
            kinds={FactorKind.CODE_APP: _("Kodapp"), FactorKind.PASSKEY: _("Inloggningsnyckel")},
            must_add=here.lacks_factor,
            name=name,
            passkey_name=passkey_name,
            has_passkeys=passkey_questions.party() is not None,
            errors=errors,
            show_time=show_time,
        )


def _code_app_page(uid: uuid.UUID, errors: dict[str, str]) -> str:
    services = context.diarium()
    with services.database.reading() as session:
        factor = _unconfirmed(session, uid)
        secret = second_factor.secret_of(factor, services.factor_key)
    return context.page("account/code_app.html", factor=factor, secret=secret, errors=errors)


def _unconfirmed(session: Session, uid: uuid.UUID) -> SecondFactor:
    """The code app that the actor is about to add: what is confirmed never shows its secret again."""
    factor = session.scalar(
        select(SecondFactor).where(
            SecondFactor.uid == uid,
            SecondFactor.user_id == _here().actor.user_id,
            SecondFactor.kind == FactorKind.CODE_APP,
            SecondFactor.confirmed_at.is_(None),
        )
    )
    if factor is None:
        raise NotFound(_("Appen är redan tillagd eller påbörjad på nytt. Börja om från ditt konto."))
    return factor


def _here() -> StaffUser:
    return current_session() or abort(401)


def _user(session: Session, here: StaffUser) -> User:
    return session.get_one(User, here.actor.user_id)
