"""Delivery agreements in the browser: the list, a form for each, trying the connection, accepting a host key."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.archive import agreement_facts, agreements
from diarium.archive.agreement_facts import AgreementFacts
from diarium.archive.agreement_models import TRANSPORT_LABELS, DeliveryAgreement, TransportKind
from diarium.archive.delivery_errors import AgreementConflict
from diarium.archive.profiles.codes import PROFILE_LABELS
from diarium.archive.queries import exportable_authorities
from diarium.archive.transport.errors import TransportError, UnknownHostKey
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.deliveries.agreement_history import lines
from diarium.web.deliveries.blueprint import MOST_VERSIONS, blueprint

TRANSPORT_FIELDS: Mapping[TransportKind, tuple[str, ...]] = {
    TransportKind.DOWNLOAD: (),
    TransportKind.FOLDER: ("path", "return_path"),
    TransportKind.SFTP: ("host", "port", "username", "secret", "folder", "return_folder", "host_keys"),
    TransportKind.S3: ("endpoint", "bucket", "region", "secret", "prefix", "return_prefix"),
}
_FACTS = tuple(name for name in AgreementFacts.__dataclass_fields__ if name not in ("transport_facts",
               "archives_cases"))  # fmt: skip


@blueprint.get("/overenskommelser", endpoint="agreements")
@context.staff(Permission.EXPORT)
def listing() -> ResponseReturnValue:
    """The agreements of the authorities that the actor exports for."""
    with context.diarium().database.reading() as session:
        rows = agreements.listing(session, context.actor())
    return context.page(
        "deliveries/agreements.html", rows=rows, profiles=PROFILE_LABELS, transports=TRANSPORT_LABELS
    )


@blueprint.route("/overenskommelser/ny", methods=["GET", "POST"])
@context.staff(Permission.EXPORT)
def new_agreement() -> ResponseReturnValue:
    """Adds an agreement; on a mistake all that was typed comes back."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        services = context.diarium()
        try:
            with services.database.unit_of_work() as session:
                code, policy = request.form.get("authority", ""), services.settings.delivery
                made = agreements.create(session, context.actor(), code, _facts(), policy)
            flash(_("Överenskommelsen är sparad."), "success")
            return redirect(url_for("deliveries.agreement", uid=made.uid))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = _placed(error)
    return _form(None, _typed({"profile": "fgs2", "transport": "download", "archives_cases": True}), errors)


@blueprint.route("/overenskommelser/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.EXPORT)
def agreement(uid: uuid.UUID) -> ResponseReturnValue:
    """Shows and changes an agreement; where somebody else was faster, the form keeps what was typed."""
    services, errors = context.diarium(), {}
    is_stale = False
    if request.method == "POST":
        try:
            version = whole_number(request.form.get("version"), 0, MOST_VERSIONS)
            with services.database.unit_of_work() as session:
                policy = services.settings.delivery
                agreements.change(session, context.actor(), uid, _facts(), policy, version=version)
            flash(_("Överenskommelsen är sparad."), "success")
            return redirect(url_for("deliveries.agreement", uid=uid))
        except (NotAllowed, NotFound):
            raise
        except AgreementConflict as error:
            errors, is_stale = {"": error.message}, True
        except DomainError as error:
            errors = _placed(error)
    return _shown(uid, errors, is_stale=is_stale)


@blueprint.post("/overenskommelser/<uuid:uid>/bruk")
@context.staff(Permission.EXPORT)
def agreement_use(uid: uuid.UUID) -> ResponseReturnValue:
    """Ends an agreement, or takes it into use again."""
    active = request.form.get("active") == "1"
    version = whole_number(request.form.get("version"), 0, MOST_VERSIONS)
    try:
        with context.diarium().database.unit_of_work() as session:
            agreements.set_active(session, context.actor(), uid, active=active, version=version)
    except AgreementConflict as error:
        return _shown(uid, {"": error.message})
    flash(_("Överenskommelsen är i bruk igen.") if active else _("Överenskommelsen är avslutad."), "success")
    return redirect(url_for("deliveries.agreement", uid=uid))


@blueprint.post("/overenskommelser/<uuid:uid>/prova")
@context.staff(Permission.EXPORT)
def try_connection(uid: uuid.UUID) -> ResponseReturnValue:
    """Tries the connection; an unknown host key is shown so that it can be compared and accepted."""
    services = context.diarium()
    try:
        agreements.probe(services.database, context.actor(), uid, services.settings.delivery)
    except UnknownHostKey as error:
        return _shown(uid, {"": error.message}, host_key=error)
    except TransportError as error:
        return _shown(uid, {"": error.message})
    flash(_("Det går bra: en provfil kunde läggas hos mottagaren och tas bort igen."), "success")
    return redirect(url_for("deliveries.agreement", uid=uid))


@blueprint.post("/overenskommelser/<uuid:uid>/vardnyckel")
@context.staff(Permission.EXPORT)
def accept_host_key(uid: uuid.UUID) -> ResponseReturnValue:
    """Accepts the key that the server showed; whoever does it has compared it."""
    version = whole_number(request.form.get("version"), 0, MOST_VERSIONS)
    if request.form.get("compared") != "1":
        message = _("Kryssa i att du har jämfört fingeravtrycket med det som mottagaren har lämnat.")
        return _shown(uid, {"": message})
    try:
        with context.diarium().database.unit_of_work() as session:
            fingerprint = request.form.get("fingerprint", "")
            agreements.accept_host_key(session, context.actor(), uid, fingerprint, version=version)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _shown(uid, {"": error.message})
    flash(_("Värdnyckeln är godkänd. Pröva förbindelsen igen."), "success")
    return redirect(url_for("deliveries.agreement", uid=uid))


def _shown(
    uid: uuid.UUID, errors: Mapping[str, str], *, is_stale: bool = False, host_key: UnknownHostKey | None = None
) -> ResponseReturnValue:
    with context.diarium().database.reading() as session:
        found = agreements.find(session, context.actor(), uid)
        history = lines(agreements.history(session, found))
    present = agreement_facts.typed(found)
    is_form = request.method == "POST" and request.endpoint == "deliveries.agreement"
    values = _typed(_as_fields(found, present)) if is_form else _as_fields(found, present)
    if is_stale:
        values["version"] = present["version"]
    return _form(found, values, errors, history=history, host_key=host_key, is_stale=is_stale)


def _form(
    found: DeliveryAgreement | None, values: Mapping[str, object], errors: Mapping[str, str], **more: object
) -> ResponseReturnValue:
    with context.diarium().database.reading() as session:
        authorities = exportable_authorities(session, context.actor()) if found is None else []
    policy = context.diarium().settings.delivery
    html = context.page(
        "deliveries/agreement.html",
        agreement=found,
        values=values,
        errors=errors,
        authorities=authorities,
        profiles=PROFILE_LABELS,
        transports=TRANSPORT_LABELS,
        folders=[str(folder) for folder in policy.folders],
        hosts=policy.hosts,
        **{"history": [], "host_key": None, "is_stale": False, **more},
    )
    return html, 422 if errors else 200


def _as_fields(found: DeliveryAgreement, present: Mapping[str, object]) -> dict[str, object]:
    """The facts by the names of the form's fields: those of the transport have its kind before them."""
    own = TRANSPORT_FIELDS[found.transport]
    values = {name: value for name, value in present.items() if name not in own}
    return values | {f"{found.transport.value}-{name}": present.get(name, "") for name in own}


def _typed(present: Mapping[str, object]) -> dict[str, object]:
    """The facts as they were typed, if they were."""
    if request.method != "POST":
        return dict(present)
    return {**present, **request.form.to_dict(), "archives_cases": request.form.get("archives_cases") == "1"}


def _facts() -> AgreementFacts:
    form = request.form
    kind = form.get("transport", "")
    fields = TRANSPORT_FIELDS[TransportKind(kind)] if kind in list(TransportKind) else ()
    return AgreementFacts(
        **{name: form.get(name, "") for name in _FACTS},
        transport_facts={name: form.get(f"{kind}-{name}", "") for name in fields},
        archives_cases=form.get("archives_cases") == "1",
    )


def _placed(error: DomainError) -> dict[str, str]:
    """The message at its field in the form."""
    kind = request.form.get("transport", "")
    fields = TRANSPORT_FIELDS[TransportKind(kind)] if kind in list(TransportKind) else ()
    name = f"{kind}-{error.field}" if error.field in fields else error.field or ""
    return {name: error.message}
