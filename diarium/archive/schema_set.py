"""XML schemas and Schematron rules of the archive formats: loaded from one folder, never reaching outside.

Source: FGS Paketstruktur 2.0 (E-ARK CSIP/SIP 2.1.0), FGS Ärendehantering 2.0 (CITS ERMS 2.1.2), PREMIS 3.0.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import saxonche
from lxml import etree

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext

MAX_SCHEMA_BYTES = 4 * 1024 * 1024
MAX_DOCUMENT_BYTES = 512 * 1024 * 1024
MAX_PROBLEMS = 1000
"""Problems told per document; one more then says how many were left out."""

_SCHEMA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.xsd")
_SCH = "{http://purl.oclc.org/dsdl/schematron}"
_XS = "{http://www.w3.org/2001/XMLSchema}"
_XSL_NS = "http://www.w3.org/1999/XSL/Transform"
_XSL = f"{{{_XSL_NS}}}"
_MAP_NS = "http://www.w3.org/2005/xpath-functions/map"
_NUMBERS = "diarium-element-numbers"
_QUERY_BINDINGS = frozenset({"xslt2", "xslt3", "xpath2", "xpath3", "xpath31"})
_ALLOWED_PROTOCOLS = "http://saxon.sf.net/feature/allowedProtocols"


class SchemaSetError(DomainError):
    """A schema, a rule file or a document could not be read at all; nothing was validated."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One place where a document breaks its schema. `path` is an XPath; `line` counts from 1 (0: unknown)."""

    line: int
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class AssertionFailure:
    """One Schematron assertion that did not hold. `role` is as written in the rules: "error" or "warning"."""

    assertion: str
    message: str
    line: int
    path: str
    role: str = "error"


class SchemaSet:
    """The schemas of one folder. Imports are answered by file name from that folder, wherever they point.

    Safe to share between threads.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[tuple[str, ...], etree.XMLSchema] = {}
        self._lock = threading.RLock()

    @classmethod
    def own(cls) -> SchemaSet:
        """diarium's own schemas, as shipped in the folder `schemas/`."""
        package = Path(__file__).resolve().parents[1]
        installed = package / "schemas"  # where a wheel puts them
        return cls(installed if installed.is_dir() else package.parent / "schemas")

    @property
    def folder(self) -> Path:
        return self._folder

    def validator(self, name: str, *more: str) -> etree.XMLSchema:
        """The compiled schema of file `name`; with `more`, one schema that knows all those namespaces.

        METS alone lets attributes of other namespaces pass unread: name the DILCIS extensions too.

        Raises:
            SchemaSetError: no such file in the folder, or it (or an import of it) is no valid schema.
        """
        names = (name, *more)
        with self._lock:
            if names not in self._validators:
                self._validators[names] = self._compile(names)
            return self._validators[names]

    def validate(self, name: str | tuple[str, ...], tree: etree._ElementTree) -> list[SchemaProblem]:
        """What in `tree` breaks the named schema (or schemas), in document order; empty when valid.

        Raises:
            SchemaSetError: as `validator`.
        """
        names = (name,) if isinstance(name, str) else name
        validator = self.validator(*names)
        with self._lock:  # the error log belongs to the validator, not to the call
            if validator.validate(tree):
                return []
            entries = list(cast("Iterable[_LogEntry]", validator.error_log))
        problems = [SchemaProblem(entry.line, entry.path or "", entry.message) for entry in entries[:MAX_PROBLEMS]]
        if len(entries) > MAX_PROBLEMS:
            left = len(entries) - MAX_PROBLEMS
            told = ngettext("Ytterligare %(num)d fel visas inte.", "Ytterligare %(num)d fel visas inte.", left)
            problems.append(SchemaProblem(0, "", told))
        return problems

    def _compile(self, names: tuple[str, ...]) -> etree.XMLSchema:
        for name in names:
            if not _SCHEMA_NAME.fullmatch(name) or not (self._folder / name).is_file():
                raise SchemaSetError(_("Schemat %(name)s finns inte bland scheman.", name=name))
        parser = safe_parser()
        resolver = _FolderResolver(self._folder)
        parser.resolvers.add(resolver)
        try:
            if len(names) == 1:
                source = _read_limited(self._folder / names[0], MAX_SCHEMA_BYTES)
                root = etree.fromstring(source, parser, base_url=f"schemas:/{names[0]}")
            else:
                root = etree.fromstring(self._driver(names), parser, base_url="schemas:/driver.xsd")
            schema = etree.XMLSchema(root)
        except etree.LxmlError as error:
            raise _unreadable(" + ".join(names), error) from error
        if resolver.refused:
            missing = ", ".join(sorted(resolver.refused))
            raise SchemaSetError(
                _(
                    "Schemat %(name)s hänvisar till %(missing)s, som inte finns bland scheman.",
                    name=" + ".join(names),
                    missing=missing,
                )
            )
        return schema

    def _driver(self, names: tuple[str, ...]) -> bytes:
        driver = etree.Element(f"{_XS}schema")
        for name in names:
            source = etree.fromstring(_read_limited(self._folder / name, MAX_SCHEMA_BYTES), safe_parser())
            etree.SubElement(
                driver, f"{_XS}import", namespace=source.get("targetNamespace", ""), schemaLocation=name
            )
        return etree.tostring(driver)


def safe_parser() -> etree.XMLParser:
    """A parser for XML from outside: no DTD, no entities put in, no network, libxml2's own size limits."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False
    )


def run_schematron(path_to_sch: Path, xml_path: Path) -> list[AssertionFailure]:
    """Assertions of an ISO Schematron file that the document does not meet, by pattern and document order.

    Runs every pattern. Knows ns, let, pattern, rule, assert, report, name, value-of. The rules cannot read
    files or the network.

    Raises:
        SchemaSetError: a file is unreadable, too large, has a DOCTYPE, or uses Schematron beyond that.
    """
    rules = _parse(path_to_sch, MAX_SCHEMA_BYTES)
    document = _parse(xml_path, MAX_DOCUMENT_BYTES)
    try:
        compiler = _RuleCompiler(path_to_sch.name, rules.getroot())
    except ValueError as error:  # lxml: a prefix or name that no XML may hold
        raise _unreadable(path_to_sch.name, error) from error
    stylesheet = etree.tostring(compiler.stylesheet, encoding="unicode")
    report = _transform(path_to_sch.name, stylesheet, etree.tostring(document.getroot(), encoding="unicode"))
    elements = list(document.iter(etree.Element))
    return [compiler.failure(found, elements) for found in report]


class _LogEntry(Protocol):
    line: int
    path: str | None
    message: str


class _FolderResolver(etree.Resolver):
    """Answers every reference from the folder, by file name; notes those it has no file for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.refused: set[str] = set()

    def resolve(self, system_url: str | None, public_id: str | None, context: object = None) -> object:
        name = (system_url or "").replace("\\", "/").rsplit("/", 1)[-1]
        path = self._folder / name
        if not _SCHEMA_NAME.fullmatch(name) or not path.is_file():
            self.refused.add(system_url or "")
            return self.resolve_string(b"<unknown/>", context, base_url="schemas:/unknown")
        return self.resolve_string(_read_limited(path, MAX_SCHEMA_BYTES), context, base_url=f"schemas:/{name}")


class _RuleCompiler:
    """Turns Schematron into an XSLT 3.0 stylesheet that lists what failed and the number of the element."""

    def __init__(self, name: str, rules: etree._Element) -> None:
        self._name = name
        self._assertions: list[etree._Element] = []
        self._ids: list[str] = []
        self._check(rules)
        namespaces = {ns.get("prefix", ""): ns.get("uri", "") for ns in rules.findall(f"{_SCH}ns")}
        self.stylesheet = etree.Element(
            f"{_XSL}stylesheet", nsmap={**namespaces, "xsl": _XSL_NS, "diarium-map": _MAP_NS}, version="3.0"
        )
        # one pass over the document numbers its elements, so that a place costs the same wherever it is
        numbers = "diarium-map:merge(//*!map{generate-id(.): position()})"
        etree.SubElement(self.stylesheet, f"{_XSL}variable", {"name": _NUMBERS, "select": numbers})
        self._lets(rules, self.stylesheet)
        start = etree.SubElement(self.stylesheet, f"{_XSL}template", match="/")
        report = etree.SubElement(start, "report")
        for number, pattern in enumerate(rules.findall(f"{_SCH}pattern"), 1):
            mode = f"pattern{number}"
            etree.SubElement(self.stylesheet, f"{_XSL}mode", {"name": mode, "on-no-match": "shallow-skip"})
            etree.SubElement(report, f"{_XSL}apply-templates", select=".", mode=mode)
            for order, rule in enumerate(pattern.findall(f"{_SCH}rule")):
                self._rule(pattern, rule, mode, str(100_000 - order))

    def failure(self, found: etree._Element, elements: list[etree._Element]) -> AssertionFailure:
        """The failure that one entry of the report stands for; `elements` of the document in its order."""
        number = int(found.get("assertion", ""))
        element = elements[int(found.get("element") or "1") - 1]
        attribute = found.get("attribute", "")
        return AssertionFailure(
            assertion=self._ids[number],
            message=" ".join((found.text or "").split()),
            line=_line(element),
            path=element.getroottree().getpath(element) + (f"/@{attribute}" if attribute else ""),
            role=self._assertions[number].get("role", "error"),
        )

    def _check(self, rules: etree._Element) -> None:
        if rules.tag != f"{_SCH}schema" or rules.get("queryBinding", "") not in _QUERY_BINDINGS:
            raise SchemaSetError(
                _("%(name)s är ingen Schematron-fil med queryBinding xslt2 eller senare.", name=self._name)
            )
        known = {"schema", "title", "p", "ns", "let", "pattern", "rule", "assert", "report"}
        inline = {"name", "value-of", "emph", "dir", "span"}
        for element in rules.iter(etree.Element):
            local = str(element.tag).removeprefix(_SCH)
            if local not in known | inline or element.get("abstract") == "true" or "is-a" in element.attrib:
                raise SchemaSetError(
                    _(
                        "%(name)s, rad %(line)d: elementet %(element)s kan inte tolkas här.",
                        name=self._name,
                        line=_line(element),
                        element=local,
                    )
                )

    def _lets(self, source: etree._Element, target: etree._Element, *, at_root: bool = False) -> None:
        for let in source.findall(f"{_SCH}let"):
            variable = etree.SubElement(target, f"{_XSL}variable", name=let.get("name", ""))
            if at_root:
                variable.set("as", "item()*")
                variable = etree.SubElement(variable, f"{_XSL}for-each", select="/")
                variable = etree.SubElement(variable, f"{_XSL}sequence")
            variable.set("select", let.get("value", ""))

    def _rule(self, pattern: etree._Element, rule: etree._Element, mode: str, priority: str) -> None:
        context = rule.get("context", "")
        template = etree.SubElement(
            self.stylesheet, f"{_XSL}template", match=context, mode=mode, priority=priority
        )
        self._lets(pattern, template, at_root=True)
        self._lets(rule, template)
        for assertion in rule.iterchildren(f"{_SCH}assert", f"{_SCH}report"):
            test = assertion.get("test", "")
            is_report = assertion.tag == f"{_SCH}report"
            condition = etree.SubElement(template, f"{_XSL}if", test=test if is_report else f"not({test})")
            found = etree.SubElement(
                condition,
                "failure",
                assertion=str(len(self._assertions)),
                element=f"{{${_NUMBERS}(generate-id(ancestor-or-self::*[1]))}}",
                attribute="{self::attribute()/name()}",
            )
            _message(assertion, found)
            self._assertions.append(assertion)
            default = f"{pattern.get('id', mode)}.{len(self._assertions)}"
            self._ids.append(assertion.get("id", default))
        etree.SubElement(template, f"{_XSL}apply-templates", select="@*, node()", mode=mode)


def _message(source: etree._Element, target: etree._Element) -> None:
    """Writes the mixed content of an assertion as XSLT instructions."""
    _text(source.text, target)
    for child in source:
        if child.tag == f"{_SCH}value-of":
            etree.SubElement(target, f"{_XSL}value-of", select=child.get("select", "."))
        elif child.tag == f"{_SCH}name":
            etree.SubElement(target, f"{_XSL}value-of", select=f"name({child.get('path', '.')})")
        elif isinstance(child.tag, str):
            _message(child, target)
        _text(child.tail, target)


def _text(text: str | None, target: etree._Element) -> None:
    if text:
        etree.SubElement(target, f"{_XSL}text").text = text


def _transform(name: str, stylesheet: str, document: str) -> etree._Element:
    with saxonche.PySaxonProcessor(license=False) as processor:
        processor.set_configuration_property(_ALLOWED_PROTOCOLS, "")
        try:
            compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=stylesheet)
            node = processor.parse_xml(xml_text=document)
            result: str = compiled.transform_to_string(xdm_node=node)
        except saxonche.PySaxonApiError as error:
            raise _unreadable(name, error) from error
    return etree.fromstring(
        result.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    )


def _parse(path: Path, limit: int) -> etree._ElementTree:
    try:
        root = etree.fromstring(_read_limited(path, limit), safe_parser())
    except etree.LxmlError as error:
        raise _unreadable(path.name, error) from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise SchemaSetError(
            _("%(name)s har en DOCTYPE, vilket inte tillåts. Ta bort den och försök igen.", name=path.name)
        )
    return tree


def _line(element: etree._Element) -> int:
    return int(getattr(element, "sourceline", None) or 0)


def _read_limited(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            # As much as there is, not as much as there may be: read() would set aside the whole limit first.
            content = file.read(min(path.stat().st_size, limit) + 1)
    except OSError as error:
        raise _unreadable(path.name, error) from error
    if len(content) > limit:
        raise SchemaSetError(
            _(
                "%(name)s är större än %(limit)d MB och läses inte.",
                name=path.name,
                limit=limit // (1024 * 1024),
            )
        )
    return content


def _unreadable(name: str, error: Exception) -> SchemaSetError:
    return SchemaSetError(_("%(name)s kan inte läsas: %(reason)s", name=name, reason=error))
