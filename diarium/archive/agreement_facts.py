"""What is typed of an agreement, checked and made fit to be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diarium import texts
from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.criteria import MIB
from diarium.archive.delivery_errors import InvalidAgreement
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.transport import settings as transport_settings
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.register import rules
from diarium.register.vocabulary import PartyKind
from diarium.settings import DeliverySettings

CODE_KINDS = ("ORG", "VAT", "DUNS", "HSA", "Local", "URI")
_MOST_NUMBERS = 20
_MOST_MIB = 10_000_000
_MOST_FILES = 10_000_000
_LINES = (
    ("reference_code", 80),
    ("archival_name", 200),
    ("information_class", 80),
    ("creator_name", 200),
    ("editor_name", 200),
    ("contact_name", 200),
    ("contact_phone", 60),
)


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """An agreement as a form gives it. Several numbers stand one a line. `transport_facts`: by field of the
    transport. `max_package_mib`, `max_package_files`: whole numbers, empty for no limit.
    """

    name: str
    number: str
    receiver_name: str
    receiver_code: str = ""
    previous_numbers: str = ""
    reference_code: str = ""
    previous_reference_codes: str = ""
    profile: str = ProfileCode.FGS2.value
    archival_name: str = ""
    information_class: str = ""
    creator_name: str = ""
    creator_code: str = ""
    editor_name: str = ""
    editor_code: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    max_package_mib: str = ""
    max_package_files: str = ""
    transport: str = TransportKind.DOWNLOAD.value
    transport_facts: Mapping[str, Any] = field(default_factory=dict)
    archives_cases: bool = True
    note: str = ""


def checked(facts: AgreementFacts, policy: DeliverySettings) -> dict[str, Any]:
    """The columns of an agreement. Raises: InvalidAgreement, InvalidTransport, InvalidText at the field."""
    values: dict[str, Any] = {
        "name": texts.required_line(facts.name, 200, "name", _("Ge överenskommelsen ett namn.")),
        "number": texts.required_line(
            facts.number, 80, "number", _("Ange överenskommelsens nummer. Det står i varje paket.")
        ),
        "receiver_name": texts.required_line(
            facts.receiver_name, 200, "receiver_name", _("Ange vilket arkiv som tar emot.")
        ),
        **{name: texts.line(getattr(facts, name), most, name) or None for name, most in _LINES},
        **{name: _code(getattr(facts, name), name) for name in ("receiver_code", "creator_code", "editor_code")},
        **{
            name: _several(getattr(facts, name), name) for name in ("previous_numbers", "previous_reference_codes")
        },
        "contact_email": _email(facts.contact_email),
        "note": texts.lines(facts.note, 2000, "note") or None,
        "archives_cases": facts.archives_cases,
    }
    if facts.profile not in list(ProfileCode):
        raise InvalidAgreement(_("Välj en profil."), field="profile")
    if facts.transport not in list(TransportKind):
        raise InvalidAgreement(_("Välj hur paketen sänds."), field="transport")
    kind = TransportKind(facts.transport)
    most_mib = _limit(facts.max_package_mib, "max_package_mib", _MOST_MIB)
    _check_names(values)
    return values | {
        "profile": ProfileCode(facts.profile),
        "max_package_bytes": most_mib * MIB if most_mib is not None else None,
        "max_package_files": _limit(facts.max_package_files, "max_package_files", _MOST_FILES),
        "transport": kind,
        "transport_settings": transport_settings.checked(kind, facts.transport_facts, policy),
    }


def typed(agreement: DeliveryAgreement) -> dict[str, Any]:
    """The agreement as a form shows it, `transport_settings` flat among the rest."""
    plain = {
        name: getattr(agreement, name) or ""
        for name in ("name", "number", "receiver_name", "receiver_code", "reference_code", "archival_name",
                     "information_class", "creator_name", "creator_code", "editor_name", "editor_code",
                     "contact_name", "contact_email", "contact_phone", "max_package_files", "note")
    }  # fmt: skip
    most = agreement.max_package_bytes
    settings = {
        name: "\n".join(value) if isinstance(value, list) else value
        for name, value in agreement.transport_settings.items()
    }
    return {
        **plain,
        **settings,
        "previous_numbers": "\n".join(agreement.previous_numbers),
        "previous_reference_codes": "\n".join(agreement.previous_reference_codes),
        "profile": agreement.profile.value,
        "transport": agreement.transport.value,
        "max_package_mib": most // MIB if most is not None else "",
        "archives_cases": agreement.archives_cases,
        "version": agreement.version,
    }


def _check_names(values: Mapping[str, Any]) -> None:
    for who in ("creator", "editor"):
        if values[f"{who}_code"] and not values[f"{who}_name"]:
            raise InvalidAgreement(_("Ange namnet också, inte bara numret."), field=f"{who}_name")
    if (values["contact_email"] or values["contact_phone"]) and not values["contact_name"]:
        raise InvalidAgreement(_("Ange kontaktpersonens eller funktionens namn också."), field="contact_name")


def _code(text: str, field_name: str) -> str | None:
    """A number with its kind before it. Without a kind it is an organisation number."""
    code = texts.line(text, 80, field_name)
    if not code:
        return None
    kind, colon, value = code.partition(":")
    if not colon:
        kind, value = "ORG", code
    known = {name.upper(): name for name in CODE_KINDS}
    if kind.strip().upper() not in known or not value.strip():
        raise InvalidAgreement(
            _("Skriv organisationsnumret, eller ett annat nummer med sin sort först: %(kinds)s.",
              kinds=", ".join(f"{name}:" for name in CODE_KINDS[1:])),
            field=field_name,
        )  # fmt: skip
    kind, value = known[kind.strip().upper()], value.strip()
    if kind == "ORG":
        value = rules.identity_number(PartyKind.ORGANISATION, value, field_name) or value
    return f"{kind}:{value}"


def _several(text: str, field_name: str) -> list[str]:
    rows = [line for line in texts.lines(text, 2000, field_name).split("\n") if line]
    if len(rows) > _MOST_NUMBERS or any(len(row) > 80 for row in rows):
        raise InvalidAgreement(
            _("Skriv högst %(most)s, ett på varje rad och vart och ett på högst 80 tecken.", most=_MOST_NUMBERS),
            field=field_name,
        )
    return list(dict.fromkeys(rows))


def _email(text: str) -> str | None:
    try:
        return identity.checked_email(texts.line(text, 254, "contact_email") or None)
    except DomainError as error:
        raise InvalidAgreement(error.message, field="contact_email") from None


def _limit(text: str, field_name: str, most: int) -> int | None:
    written = re.sub(r"\s", "", str(text))
    if not written:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", written) or not 1 <= int(written) <= most:
        raise InvalidAgreement(
            _("Skriv ett heltal mellan 1 och %(most)s, eller lämna fältet tomt.", most=most), field=field_name
        )
    return int(written)
