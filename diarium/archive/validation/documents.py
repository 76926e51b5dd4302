"""XML documents in the package: well-formed, according to schema, and walked through in constant memory.

A document up to `Limits.tree_bytes` is validated as a tree, so that each problem has its line and XPath. A larger
one is validated while it streams by (libxml2 checks the events as they come): same verdict, but no places.
The walk for own rules always streams, and frees each element when it ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, cast

from lxml import etree

from diarium.archive.schema_set import MAX_PROBLEMS, SchemaProblem, SchemaSet
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.mets import has_doctype, nodes_in, path_of, read_xml, tell_doctype, tell_syntax
from diarium.archive.validation.model import MIB, Limits, Place
from diarium.i18n import gettext as _

_LOG_EVERY = 20_000
_NAMESPACE = re.compile(r"\{[^{}\s]*\}(?=[\w*])")


class _LogEntry(Protocol):
    line: int
    message: str


def check_schema(
    path: Path, file: str, schema: str, schemas: SchemaSet, limits: Limits, findings: Collector
) -> bool:
    """Whether the document could be read; what breaks its schema becomes findings."""
    if path.stat().st_size > limits.xml_bytes:
        told = _("%(file)s är större än %(size)d MB och läses inte.", file=file, size=limits.xml_bytes // MIB)
        findings.add("XML", Place(file), told, _("Dela upp paketet i flera."))
        return False
    if is_streamed(path, limits):
        return _check_streaming(path, file, schema, schemas, findings)
    tree = read_xml(path, file, limits.tree_bytes, findings)
    if tree is None:
        return False
    tell_problems(schemas.validate(schema, tree), file, schema, findings, tree)
    return True


def is_streamed(path: Path, limits: Limits) -> bool:
    """Whether the document is too large to be held as a tree: small elements weigh far more than their bytes."""
    return path.stat().st_size > limits.tree_bytes or nodes_in(path) > limits.tree_nodes


def tell_problems(
    problems: Iterable[SchemaProblem],
    file: str,
    schema: str,
    findings: Collector,
    tree: etree._ElementTree | None = None,
) -> None:
    """`tree`: the document, if at hand, to say in words where its namespaces make libxml2 write only stars."""
    for problem in problems:
        reason = _NAMESPACE.sub("", problem.message)
        told = _("%(file)s följer inte %(schema)s: %(problem)s", file=file, schema=schema, problem=reason)
        mend = _("Rätta elementet eller attributet enligt schemat.")
        xpath = readable(problem.path, tree) if tree is not None and problem.path else problem.path
        findings.add("XSD", Place(file, problem.line or None, xpath or None), told, mend)


def walk(
    path: Path,
    file: str,
    findings: Collector,
    on_end: Callable[[etree._Element], None],
    *,
    keep: frozenset[str] = frozenset(),
) -> bool:
    """Calls `on_end` for every element when it ends, children freed, except those in `keep` (by tag).

    Whether the whole document could be read; if not, a finding says why.
    """
    return _streamed(path, file, findings, _freeing(on_end, keep), None)


def root_tag(path: Path) -> str | None:
    """The tag of the root element; None for what is no XML."""
    try:
        for _event, element in etree.iterparse(
            str(path), events=("start",), resolve_entities=False, no_network=True
        ):
            return str(element.tag)
    except (etree.LxmlError, OSError, ValueError, LookupError):
        return None
    return None


def readable(path: str, tree: etree._ElementTree) -> str:
    """An XPath made by libxml2 or Saxon as people write it, without stars."""
    try:
        found = tree.xpath(path)
    except etree.XPathError:  # a prefix that the path needs is bound to nothing here
        return path
    first = found[0] if isinstance(found, list) and found else None
    return path_of(first) if isinstance(first, etree._Element) else path


def _check_streaming(path: Path, file: str, schema: str, schemas: SchemaSet, findings: Collector) -> bool:
    return _streamed(path, file, findings, _freeing(None, frozenset()), (schema, schemas))


def _freeing(
    on_end: Callable[[etree._Element], None] | None, keep: frozenset[str]
) -> Callable[[etree._Element], None]:
    def ended(element: etree._Element) -> None:
        if on_end is not None:
            on_end(element)
        if element.tag in keep:
            return
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]

    return ended


def _streamed(
    path: Path,
    file: str,
    findings: Collector,
    ended: Callable[[etree._Element], None],
    schema: tuple[str, SchemaSet] | None,
) -> bool:
    validator = schema[1].validator(schema[0]) if schema else None
    events = etree.iterparse(str(path), events=("end",), schema=validator, resolve_entities=False, no_network=True)
    problems: list[SchemaProblem] = []
    try:
        for number, (_event, element) in enumerate(cast("Iterator[tuple[str, etree._Element]]", events)):
            if number == 0 and has_doctype(element.getroottree()):
                tell_doctype(findings, file)
                return False
            ended(element)
            if number % _LOG_EVERY == 0 and len(events.error_log) > MAX_PROBLEMS:
                break
    except etree.XMLSyntaxError as error:
        problems = _schema_problems(events.error_log)
        if not problems:
            tell_syntax(findings, file, error)
            return False
    except (OSError, ValueError, LookupError, etree.LxmlError) as error:
        told = _("%(file)s kan inte läsas som XML: %(reason)s", file=file, reason=error)
        findings.add("XML", Place(file), told, _("Skapa filen på nytt."))
        return False
    if schema:
        tell_problems(problems or _schema_problems(events.error_log), file, schema[0], findings)
    return True


def _schema_problems(log: etree._ListErrorLog) -> list[SchemaProblem]:
    entries = log.filter_domains([etree.ErrorDomains.SCHEMASV])
    listed = cast("Iterable[_LogEntry]", entries)
    return [
        SchemaProblem(entry.line, "", entry.message)
        for entry, _n in zip(listed, range(MAX_PROBLEMS), strict=False)
    ]
