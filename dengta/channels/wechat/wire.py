"""The two layouts of WeChat's messages, XML and JSON, read into one shape and written from it.

Fields are text, nested fields where the platform nests them (`ScanCodeInfo`), and lists where an element repeats. Which
layout an account uses is set on the platform; a reply has the layout of the message it answers.
"""
import enum
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import ParseError, fromstring

MAX_BYTES = 64 * 1024
Fields = Mapping[str, Any]

_MAX_DEPTH = 8  # the deepest known message has 4 levels
_DECLARED_ENCODING = re.compile(r"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)")
_BEYOND_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_END_OF_CDATA = "]]>"
_SPLIT_END_OF_CDATA = "]]]]><![CDATA[>"


class Malformed(Exception):
    """What came is no message of WeChat's; the text of the error holds nothing of it."""


class Layout(enum.Enum):
    """How an account has its messages written."""

    XML = "xml"
    JSON = "json"


def layout_of(raw: bytes) -> Layout:
    """Tell the layout of a body by its first sign."""
    return Layout.JSON if raw.lstrip()[:1] == b"{" else Layout.XML


def parse(raw: bytes) -> Fields:
    """Read a body of at most 64 KiB of UTF-8. Numbers stay as they are written, null and an empty element are "".

    Raises:
        Malformed: too large, nested too deeply, another encoding, a DTD or entity, or not well-formed.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed("too large")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    return _parse_json(text) if layout_of(raw) is Layout.JSON else _parse_xml(text)


def build(fields: Fields, layout: Layout) -> str:
    """Write fields whose values are text, whole numbers or nested fields; characters XML cannot carry are left out."""
    tidy = _tidy(fields)
    return json.dumps(tidy, ensure_ascii=False) if layout is Layout.JSON else f"<xml>{_elements(tidy)}</xml>"


def _parse_xml(text: str) -> Fields:
    declared = _DECLARED_ENCODING.match(text)
    if declared and declared[1].lower() != "utf-8":
        raise Malformed("declares an encoding other than UTF-8")
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, ValueError):  # a forbidden DTD or entity is a ValueError
        raise Malformed("not well-formed XML") from None
    fields = _value(root)
    if root.tag != "xml" or isinstance(fields, str):
        raise Malformed("not a message")
    return fields


def _parse_json(text: str) -> Fields:
    try:
        fields = json.loads(text, object_pairs_hook=_unique, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    return _tidy(fields)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("a field comes twice")
    return fields


def _value(element: Element, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        raise Malformed("nested too deeply")
    if not len(element):
        return element.text or ""
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for child in element:
        values[child.tag].append(_value(child, depth + 1))
    return {tag: found[0] if len(found) == 1 else found for tag, found in values.items()}


def _tidy(value: Any, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        raise Malformed("nested too deeply")
    if isinstance(value, Mapping):
        return {name: _tidy(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_tidy(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return _BEYOND_XML.sub("", value)
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _elements(fields: Fields) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in fields.items())


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return _elements(value)
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{value.replace(_END_OF_CDATA, _SPLIT_END_OF_CDATA)}]]>"
