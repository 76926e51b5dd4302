"""The co-occurrence rules of ERMS, for documents too large for Schematron: the same rules, element by element.

Source: the Schematron of CITS ERMS 2.1.2 and 3.0, as in schemas/erms.sch and schemas/erms-3.sch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from diarium.archive.validation.model import Level
from diarium.archive.validation.versions import ErmsVersion

ERMS = "{https://DILCIS.eu/XML/ERMS}"
_ADDRESS = f"{ERMS}addressContactInformation"


@dataclass(frozen=True, slots=True)
class Companion:
    """A value that needs another attribute beside it. `elements`: only on these, if given."""

    rule: str
    attribute: str
    value: str
    companion: str
    elements: frozenset[str] | None = None

    def applies(self, element: etree._Element) -> bool:
        """Whether the element has the value."""
        named = self.elements is None or element.tag in self.elements
        return named and element.get(self.attribute) == self.value

    def is_met(self, element: etree._Element) -> bool:
        """Whether the element has what the value needs."""
        return bool((element.get(self.companion) or "").strip())


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that an element breaks; `attribute` is where, empty for the element itself."""

    rule: str
    attribute: str
    value: str
    companion: str


def _other(name: str, attribute: str, value: str, companion: str, *elements: str) -> Companion:
    named = frozenset(f"{ERMS}{element}" for element in elements) or None
    return Companion(f"erms{name}Other", attribute, value, companion, named)


_AGGREGATION = _other("AggregationType", "aggregationType", "own_aggregation_definition", "otherAggregationType")
_DIRECTION = _other("Direction", "directionDefinition", "other", "otherDirectionDefinition")
_AGENT = _other("AgentType", "agentType", "other", "otherAgentType")
_RESTRICTION = _other("RestrictionType", "restrictionType", "other_type", "otherRestrictionType")
_RELATION = _other("RelationType", "relationType", "own_relation_definition", "otherRelationType")
_DISPOSAL = _other("DisposalDate", "dateType", "other_date", "otherDisposalDateType", "disposalDate")
# within a group only the first that applies to an element is asked, as in Schematron
_GROUPS: Mapping[ErmsVersion, tuple[tuple[Companion, ...], ...]] = {
    ErmsVersion.V2: (
        (
            _AGGREGATION,
            _other("DateType", "dateType", "Other", "otherDateType"),
            _DIRECTION,
            _other("AddressLineType", "addressLineType", "other", "otherAddressLineType"),
            _other("ContactLineType", "contactLineType", "other", "otherContactLineType"),
            _AGENT,
            _other("DisposalDateType", "disposalDateType", "other_date", "otherDisposalDateType"),
            _RESTRICTION,
            _RELATION,
        ),
        (
            _other("Date", "dateType", "other", "otherDateType", "date", "actionDate"),
            _DISPOSAL,
            _other("AddressLine", "adressType", "other", "otherAddressLineType", "addressLine"),
            _other("ContactLine", "contactType", "other", "otherContactLineType", "contactLine"),
        ),
    ),
    ErmsVersion.V3: (
        (
            _AGGREGATION,
            _other("Date", "dateType", "other", "otherDateType"),
            _DIRECTION,
            _other("AddressLine", "addressType", "other", "otherAddressLineType"),
            _other("ContactLine", "contactType", "other", "otherContactLineType"),
            _AGENT,
            _DISPOSAL,
            _RESTRICTION,
            _RELATION,
            _other("SchemaStatus", "classificationSchemaStatus", "other", "otherClassificationSchemaStatus"),
        ),
    ),
}
# what 2.1.2 only recommends, as its own rules name what its schema does not have
LEVELS: Mapping[ErmsVersion, Mapping[str, Level]] = {
    ErmsVersion.V2: {},
    ErmsVersion.V3: dict.fromkeys(
        ("ermsDateOther", "ermsDisposalDateOther", "ermsAddressLineOther", "ermsContactLineOther"), Level.MUST
    ),
}


def breaches(element: etree._Element, version: ErmsVersion) -> Iterator[Breach]:
    """What an element, just ended, breaks."""
    for group in _GROUPS[version]:
        first = next((rule for rule in group if rule.applies(element)), None)
        if first is not None and not first.is_met(element):
            yield Breach(first.rule, first.attribute, first.value, first.companion)
    if (
        version is ErmsVersion.V3
        and element.tag == _ADDRESS
        and next(element.iterchildren(f"{ERMS}*"), None) is None
    ):
        yield Breach("ermsAddressEmpty", "", "", "")
