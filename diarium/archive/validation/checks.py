"""The few questions that most rules ask of an element, and how their answers are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.mets import Mets, local_name, shown_name
from diarium.archive.validation.model import Place, Severity
from diarium.archive.validation.versions import CsipVersion
from diarium.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Context:
    """One METS file under scrutiny, where its findings go, and the version that the package follows."""

    mets: Mets
    findings: Collector
    version: CsipVersion = CsipVersion.V2_1

    def missing(
        self, rule: str, element: etree._Element, attribute: str, *, severity: Severity | None = None
    ) -> None:
        """Tells that an attribute is absent or empty."""
        told = _("%(element)s saknar %(attribute)s.", element=local_name(element), attribute=shown_name(attribute))
        self.tell(rule, element, told, attribute=attribute, severity=severity)

    def wrong(
        self,
        rule: str,
        element: etree._Element,
        attribute: str,
        *,
        severity: Severity | None = None,
        mend: str | None = None,
    ) -> None:
        """Tells that an attribute has a value that is not allowed."""
        told = _(
            '%(element)s har %(attribute)s="%(value)s", vilket inte godtas.',
            element=local_name(element),
            attribute=shown_name(attribute),
            value=(element.get(attribute) or "")[:80],
        )
        self.tell(rule, element, told, attribute=attribute, severity=severity, mend=mend)

    def tell(
        self,
        rule: str,
        element: etree._Element,
        told: str,
        *,
        attribute: str = "",
        severity: Severity | None = None,
        mend: str | None = None,
    ) -> None:
        place = place_of(self.mets, self.findings, rule, element, attribute)
        self.findings.add(rule, place, told, mend or asked(rule), severity=severity)


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """An attribute that must be there, filled, and (if `accepts`) of the right kind."""

    rule: str
    attribute: str
    accepts: Callable[[str], bool] | None = None


def check_attributes(context: Context, element: etree._Element, rules: tuple[AttributeRule, ...]) -> None:
    for rule in rules:
        value = element.get(rule.attribute)
        if value is None or not value.strip():
            context.missing(rule.rule, element, rule.attribute)
        elif rule.accepts is not None and not rule.accepts(value):
            context.wrong(rule.rule, element, rule.attribute)


def place_of(mets: Mets, findings: Collector, rule: str, element: etree._Element, attribute: str = "") -> Place:
    """The place, or just its file if the finding will only be counted: an XPath costs a look at all siblings."""
    if findings.is_full(rule, mets.file):
        return Place(mets.file)
    return mets.place(element, attribute)


def asked(rule: str) -> str:
    """How to mend, from what the rule asks for."""
    return _("Det som krävs: %(asks)s.", asks=str(RULES[rule].asks))


def equals(wanted: str) -> Callable[[str], bool]:
    return lambda value: value == wanted


def one_of(values: frozenset[str]) -> Callable[[str], bool]:
    return lambda value: value in values
