"""Writes XML as a stream: what is written is forgotten, however large the document grows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import cast

from lxml import etree

Value = str | int | bool | dt.date | None
_INDENT = "  "
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlWriter:
    """Elements in one default namespace, indented. Attribute names may have the form `{namespace}name`.

    Values that are None are left out; texts lose the characters that no XML document may hold.
    """

    def __init__(self, file: etree._IncrementalFileWriter, namespace: str) -> None:
        self._file = file
        self._namespace = namespace
        self._depth = 0
        self._has_children = False

    def element(
        self,
        name: str,
        attributes: Mapping[str, Value] | None = None,
        *,
        nsmap: Mapping[str | None, str] | None = None,
    ) -> AbstractContextManager[None]:
        """An element with children."""
        return _Element(self, self._opened(name, attributes, nsmap))

    def leaf(self, name: str, text: Value, attributes: Mapping[str, Value] | None = None) -> None:
        """An element with text, left out if the text is None or empty."""
        if text is not None and text != "":
            self._write_leaf(name, text_of(text), attributes)

    def required(self, name: str, text: Value, attributes: Mapping[str, Value] | None = None) -> None:
        """An element with text that the schema demands: written even if there is no text."""
        self._write_leaf(name, text_of(text), attributes)

    def empty(self, name: str, attributes: Mapping[str, Value] | None = None) -> None:
        """An element with attributes only."""
        self._write_leaf(name, "", attributes)

    def _write_leaf(self, name: str, text: str, attributes: Mapping[str, Value] | None) -> None:
        # Written by itself, as most of a document are leaves, and a large one has millions.
        self._begin()
        with self._opened(name, attributes, None):
            if text:
                self._file.write(text)
        self._has_children = True

    def _opened(
        self, name: str, attributes: Mapping[str, Value] | None, nsmap: Mapping[str | None, str] | None
    ) -> AbstractContextManager[object]:
        given = (
            {key: text_of(value) for key, value in attributes.items() if value is not None} if attributes else {}
        )
        tag = f"{{{self._namespace}}}{name}"
        opened: AbstractContextManager[object] = self._file.element(
            tag, given, nsmap=cast("dict[str, str]", nsmap)
        )
        return opened

    def _begin(self) -> None:
        if self._depth:
            self._break_line()

    def _enter(self) -> None:
        self._depth += 1
        self._has_children = False

    def _leave(self) -> None:
        self._depth -= 1
        if self._has_children:
            self._break_line()

    def _break_line(self) -> None:
        self._file.write("\n" + _INDENT * self._depth)


class _Element:
    """An element of a writer while its children are written."""

    __slots__ = ("_opened", "_writer")

    def __init__(self, writer: XmlWriter, opened: AbstractContextManager[object]) -> None:
        self._writer = writer
        self._opened = opened

    def __enter__(self) -> None:
        self._writer._begin()
        self._opened.__enter__()
        self._writer._enter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._writer._leave()
        self._opened.__exit__(kind, error, trace)
        self._writer._has_children = True


@contextmanager
def xml_document(
    path: Path,
    root: str,
    namespace: str,
    attributes: Mapping[str, Value] | None = None,
    *,
    nsmap: Mapping[str | None, str] | None = None,
    schema_locations: Mapping[str, str] | None = None,
) -> Iterator[XmlWriter]:
    """A new UTF-8 document at `path`; the block writes what stands in its root.

    `nsmap`: further prefixes; `schema_locations`: namespace → schema file, written as `xsi:schemaLocation`.
    """
    prefixes: dict[str | None, str] = {None: namespace, **(nsmap or {})}
    given = dict(attributes or {})
    if schema_locations:
        prefixes["xsi"] = _XSI
        pairs = " ".join(f"{uri} {place}" for uri, place in schema_locations.items())
        given = {f"{{{_XSI}}}schemaLocation": pairs, **given}
    with etree.xmlfile(str(path), encoding="utf-8") as file:
        file.write_declaration()
        writer = XmlWriter(file, namespace)
        with writer.element(root, given, nsmap=prefixes):
            yield writer


def text_of(value: Value) -> str:
    """`value` as it stands in XML: booleans and dates in their XML Schema forms, forbidden characters gone.

    A moment is written in UTC, a day as itself.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return (
            value.astimezone(dt.UTC)
            .isoformat(timespec="microseconds" if value.microsecond else "seconds")
            .replace("+00:00", "Z")
        )
    if isinstance(value, dt.date):
        return value.isoformat()
    return _NOT_XML.sub("", str(value if value is not None else ""))


def day_as_moment(day: dt.date) -> str:
    """A law day where the format wants a time: its first moment, without zone, as it is a day and not a moment."""
    return f"{day.isoformat()}T00:00:00"
