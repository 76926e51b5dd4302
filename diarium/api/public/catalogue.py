"""The catalogue of the open data, as the national data portal fetches it.

Source: DCAT-AP-SE 3, the Swedish profile of the European catalogue of public data. One dataset for each authority,
year and kind of rows, the years of an authority held together by a series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from lxml import etree

from diarium.api.frame import OPEN_PREFIX
from diarium.api.public.dumps import Form
from diarium.public.listing import Slice

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "dcatap": "http://data.europa.eu/r5r/",
}
_EU = "http://publications.europa.eu/resource/authority"
LICENCE = "http://creativecommons.org/publicdomain/zero/1.0/"
_SWEDISH = f"{_EU}/language/SWE"
_OFTEN = f"{_EU}/frequency/UPDATE_CONT"
_PUBLIC = f"{_EU}/access-right/PUBLIC"
_GOVERNMENT = f"{_EU}/data-theme/GOVE"
_LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"
_STABLE = f"{_EU}/planned-availability/STABLE"
_FILE_TYPES = {Form.CSV: ("text/csv", "CSV"), Form.JSON_LINES: ("application/jsonl", "JSON")}
_JSON = "application/json"
_REGISTERED = frozenset({"text/csv", _JSON})
"""The types that IANA knows: only those have an address there."""
_KINDS = {
    "arenden": (
        "Diarieförda ärenden",
        "Registered cases",
        "Ärenden i det öppna diariet, ett ärende på varje rad.",
    ),
    "handlingar": (
        "Diarieförda handlingar",
        "Registered documents",
        "Handlingar i det öppna diariet, en handling på varje rad.",
    ),
}
_LISTS = {"arenden": "cases", "handlingar": "records"}
_NOTE = "Uppgifter som kan vara hemliga och namn på privatpersoner ingår inte."


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes. `base`: what all addresses begin with; `place`: the address that stands for where it is."""

    name: str
    email: str
    base: str
    place: str


def catalogue(publisher: Publisher, slices: Sequence[Slice]) -> bytes:
    """The catalogue in RDF/XML."""
    root = etree.Element(_name("rdf:RDF"), nsmap=NAMESPACES)
    _agent(root, publisher)
    _contact(root, publisher)
    _catalogue(root, publisher, slices)
    _service(root, publisher, slices)
    for code, name in {item.authority: item.authority_name for item in slices}.items():
        for kind in _KINDS:
            _series(root, publisher, kind, code, name)
    for item in slices:
        for kind in _KINDS:
            _dataset(root, publisher, kind, item)
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return made


def _catalogue(root: etree._Element, publisher: Publisher, slices: Sequence[Slice]) -> None:
    node = _node(root, "dcat:Catalog", f"{publisher.base}/oppna-data/dcat.rdf#catalog")
    _text(node, "dcterms:title", "Öppna data ur diariet", "sv")
    _text(node, "dcterms:title", "Open data of the register", "en")
    _text(node, "dcterms:description", f"Det öppna diariet i maskinläsbar form. {_NOTE}", "sv")
    _common(node, publisher)
    _link(node, "dcterms:license", LICENCE)
    _link(node, "foaf:homepage", f"{publisher.base}/oppna-data")
    for code in {item.authority: None for item in slices}:
        for kind in _KINDS:
            _link(node, "dcat:dataset", _series_uri(publisher, kind, code))
    for item in slices:
        for kind in _KINDS:
            _link(node, "dcat:dataset", _dataset_uri(publisher, kind, item))
    _link(node, "dcat:service", _service_uri(publisher))


def _series(root: etree._Element, publisher: Publisher, kind: str, code: str, name: str) -> None:
    node = _node(root, "dcat:DatasetSeries", _series_uri(publisher, kind, code))
    swedish, english, about = _KINDS[kind]
    _text(node, "dcterms:title", f"{swedish}: {name}", "sv")
    _text(node, "dcterms:title", f"{english}: {name}", "en")
    _text(node, "dcterms:description", f"{about} {_NOTE}", "sv")
    _common(node, publisher)
    _link(node, "dcat:contactPoint", _contact_uri(publisher))
    _link(node, "dcterms:accrualPeriodicity", _OFTEN)


def _dataset(root: etree._Element, publisher: Publisher, kind: str, item: Slice) -> None:
    node = _node(root, "dcat:Dataset", _dataset_uri(publisher, kind, item))
    swedish, english, about = _KINDS[kind]
    _text(node, "dcterms:title", f"{swedish}: {item.authority_name} {item.year}", "sv")
    _text(node, "dcterms:title", f"{english}: {item.authority_name} {item.year}", "en")
    _text(node, "dcterms:description", f"{about} {_NOTE}", "sv")
    _text(node, "dcterms:identifier", _dataset_uri(publisher, kind, item))
    _common(node, publisher)
    _link(node, "dcat:contactPoint", _contact_uri(publisher))
    _link(node, "dcat:theme", _GOVERNMENT)
    _link(node, "dcterms:accessRights", _PUBLIC)
    _link(node, "dcterms:accrualPeriodicity", _OFTEN)
    _link(node, "dcat:inSeries", _series_uri(publisher, kind, item.authority))
    _period(node, item.year)
    for word in ("diarium", "ärenden", "allmänna handlingar", "postlista"):
        _text(node, "dcat:keyword", word, "sv")
    for form in _FILE_TYPES:
        _link(node, "dcat:distribution", _file(root, publisher, kind, item, form))
    _link(node, "dcat:distribution", _through_the_service(root, publisher, kind, item))


def _file(root: etree._Element, publisher: Publisher, kind: str, item: Slice, form: Form) -> str:
    address = f"{publisher.base}/oppna-data/{item.authority}/{item.year}/{kind}.{form}"
    media_type, label = _FILE_TYPES[form]
    uri = f"{_dataset_uri(publisher, kind, item)}-{form}"
    node = _distribution(root, uri, f"{label}, {_KINDS[kind][0].lower()} {item.year}", address, media_type)
    _link(node, "dcat:downloadURL", address)
    return uri


def _through_the_service(root: etree._Element, publisher: Publisher, kind: str, item: Slice) -> str:
    """The same data through the API: a way of its own to them, for no file comes from there."""
    uri = f"{_dataset_uri(publisher, kind, item)}-api"
    title = f"API, {_KINDS[kind][0].lower()} {item.year}"
    query = {"authority": item.authority} | ({"year": str(item.year)} if kind == "arenden" else {})
    address = f"{publisher.base}{OPEN_PREFIX}/{_LISTS[kind]}?{urlencode(query)}"
    node = _distribution(root, uri, title, address, _JSON)
    _link(node, "dcat:accessService", _service_uri(publisher))
    return uri


def _distribution(root: etree._Element, uri: str, title: str, address: str, media_type: str) -> etree._Element:
    node = _node(root, "dcat:Distribution", uri)
    _text(node, "dcterms:title", title, "sv")
    _link(node, "dcat:accessURL", address)
    _text(node, "dcterms:format", media_type)
    if media_type in _REGISTERED:
        _link(node, "dcat:mediaType", f"https://www.iana.org/assignments/media-types/{media_type}")
    _link(node, "dcterms:license", LICENCE)
    _link(node, "dcatap:availability", _STABLE)
    return node


def _service(root: etree._Element, publisher: Publisher, slices: Sequence[Slice]) -> None:
    node = _node(root, "dcat:DataService", _service_uri(publisher))
    _text(node, "dcterms:title", "API för det öppna diariet", "sv")
    _text(node, "dcterms:title", "API of the open register", "en")
    _text(
        node, "dcterms:description", "Sök och läs ärenden, handlingar och postlistor. Ingen nyckel behövs.", "sv"
    )
    _link(node, "dcat:endpointURL", f"{publisher.base}{OPEN_PREFIX}")
    _link(node, "dcat:endpointDescription", f"{publisher.base}{OPEN_PREFIX}/openapi.json")
    _text(node, "dcterms:format", _JSON)
    _link(node, "dcterms:publisher", _agent_uri(publisher))
    _link(node, "dcterms:license", LICENCE)
    _link(node, "dcterms:accessRights", _PUBLIC)
    _link(node, "dcat:contactPoint", _contact_uri(publisher))
    for item in slices:
        for kind in _KINDS:
            _link(node, "dcat:servesDataset", _dataset_uri(publisher, kind, item))


def _agent(root: etree._Element, publisher: Publisher) -> None:
    node = _node(root, "foaf:Agent", _agent_uri(publisher))
    _text(node, "foaf:name", publisher.name, "sv")
    _link(node, "dcterms:type", _LOCAL_AUTHORITY)
    _link(node, "foaf:mbox", f"mailto:{publisher.email}")
    _link(node, "foaf:homepage", f"{publisher.base}/")


def _contact(root: etree._Element, publisher: Publisher) -> None:
    node = _node(root, "vcard:Organization", _contact_uri(publisher))
    _text(node, "vcard:fn", publisher.name, "sv")
    _link(node, "vcard:hasEmail", f"mailto:{publisher.email}")


def _common(node: etree._Element, publisher: Publisher) -> None:
    _link(node, "dcterms:publisher", _agent_uri(publisher))
    _link(node, "dcterms:language", _SWEDISH)
    _link(node, "dcterms:spatial", publisher.place)


def _period(node: etree._Element, year: int) -> None:
    period = etree.SubElement(etree.SubElement(node, _name("dcterms:temporal")), _name("dcterms:PeriodOfTime"))
    for name, day in (("dcat:startDate", f"{year:04}-01-01"), ("dcat:endDate", f"{year:04}-12-31")):
        date = etree.SubElement(period, _name(name))
        date.set(_name("rdf:datatype"), "http://www.w3.org/2001/XMLSchema#date")
        date.text = day


def _node(root: etree._Element, kind: str, uri: str) -> etree._Element:
    node = etree.SubElement(root, _name(kind))
    node.set(_name("rdf:about"), uri)
    return node


def _link(node: etree._Element, name: str, uri: str) -> None:
    etree.SubElement(node, _name(name)).set(_name("rdf:resource"), uri)


def _text(node: etree._Element, name: str, text: str, language: str | None = None) -> None:
    child = etree.SubElement(node, _name(name))
    child.text = text
    if language:
        child.set("{http://www.w3.org/XML/1998/namespace}lang", language)


def _name(short: str) -> str:
    prefix, _colon, local = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _agent_uri(publisher: Publisher) -> str:
    return f"{publisher.base}/oppna-data/dcat.rdf#publisher"


def _contact_uri(publisher: Publisher) -> str:
    return f"{publisher.base}/oppna-data/dcat.rdf#contact"


def _service_uri(publisher: Publisher) -> str:
    return f"{publisher.base}/oppna-data/dcat.rdf#api"


def _series_uri(publisher: Publisher, kind: str, code: str) -> str:
    return f"{publisher.base}/oppna-data/dcat.rdf#{kind}-{code}"


def _dataset_uri(publisher: Publisher, kind: str, item: Slice) -> str:
    return f"{publisher.base}/oppna-data/dcat.rdf#{kind}-{item.authority}-{item.year}"
