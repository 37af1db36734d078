"""The SVG of a figure as an element of a page: less than half of the text, and the same to see."""

import hashlib
import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

PLACES = {"x", "y", "d", "points"}  #: attributes that hold places in the picture, in points
WRITTEN = {"text", "tspan", "title"}  #: elements whose blanks are text
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_LINES = re.compile(r"M[^A-Za-z]*(?:L[^A-Za-z]*)+")


def element(text: str, label: str) -> str:
    """The SVG file `text` as one element, without identifiers that nothing names.

    The element has no size of its own, and its `label` is read out to those who cannot see it. Its
    identifiers begin with a digest of the text, so that several figures can share a page.
    """
    root = ElementTree.fromstring(text)
    digest = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    named = dict.fromkeys(re.findall(r'(?:href="|url\()#([^")]+)', text))
    names = {name: f"f{digest}-{number}" for number, name in enumerate(named)}
    classes: dict[str, str] = {}
    _shorten(root, names, classes, drawn=True)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    head = {"xmlns": "http://www.w3.org/2000/svg", "id": f"f{digest}"}
    root.attrib = head | root.attrib | {"role": "img", "aria-label": label}
    rules = "".join(f"#f{digest} .{name}{{{style}}}" for style, name in classes.items())
    sheet = next(root.iter("style"))
    sheet.text = (sheet.text or "") + rules
    return ElementTree.tostring(root, encoding="unicode")


def _shorten(each: Element, names: dict[str, str], classes: dict[str, str], drawn: bool) -> None:
    """Shorten an element and all in it; `drawn` unless it is only a definition for others."""
    each.tag = _local(each.tag)
    each.attrib = dict(_attributes(each, names))
    style = each.attrib.get("style", "").replace(": ", ":").replace("; ", ";")
    if style and drawn:  # no class reaches the copies of a definition from outside
        each.attrib.pop("style")
        each.attrib["class"] = classes.setdefault(style, f"c{len(classes)}")
    elif style:
        each.attrib["style"] = style
    parts = []
    for part in each:
        _shorten(part, names, classes, drawn and each.tag != "defs")
        bare = part.tag == "g" and not part.attrib
        parts += list(part) if bare else [part]
    each[:] = parts
    if each.tag not in WRITTEN:
        for blank in parts:
            blank.tail = None
        if each.tag != "style":
            each.text = None


def _attributes(each: Element, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in each.attrib.items():
        key = _local(key)
        if key == "id":
            if value in names:
                yield key, names[value]
        elif key == "transform" and value.startswith("rotate(-0 "):
            continue
        elif key == "d":
            yield key, _path(value)
        elif key in PLACES:
            yield key, _rounded(value)
        else:
            yield key, re.sub(r"(^|url\()#([^)]+)", lambda at: f"{at[1]}#{names[at[2]]}", value)


def _path(value: str) -> str:
    """A path without the blanks and letters that it can do without."""
    value = re.sub(r"\s*([A-Za-z])\s*", r"\1", _rounded(value))
    value = _LINES.sub(lambda lines: lines[0].replace("L", " "), value)
    return re.sub(r"\s+", " ", value).strip()


def _rounded(value: str) -> str:
    """Numbers to a tenth of a point, which is finer than most screens."""
    return _NUMBER.sub(lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), value)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
