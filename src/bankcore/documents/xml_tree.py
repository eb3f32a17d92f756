"""XML that somebody sent, as a tree that knows its lines; whatever makes a small file large is refused."""

from dataclasses import dataclass, field
from itertools import count
from typing import Final
from xml.parsers import expat

_DEPTH_MAX: Final = 40
ELEMENTS_MAX: Final = 300_000
"""Each takes some 400 bytes; the largest message that is read has half as many."""
_SEPARATOR: Final = " "


class ForbiddenXmlError(Exception):
    """The file has what a statement never has; the message is for its sender."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(slots=True)
class XmlNode:
    """An element with its text and its children."""

    namespace: str
    name: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: "list[XmlNode]" = field(default_factory=list)

    def all(self, name: str) -> "list[XmlNode]":
        """The children of that name, in their order."""
        return [child for child in self.children if child.name == name]

    def text_at(self, *path: str) -> str | None:
        """The text at the end of the path through the first child of each name; None if there is none."""
        node = self
        for name in path:
            found = node.all(name)
            if not found:
                return None
            node = found[0]
        return node.text.strip() or None


def read_xml(content: bytes) -> XmlNode:
    """The root of the document.

    Raises:
        ExpatError: it is not well-formed.
        ForbiddenXmlError: it declares a document type, which could make entities of it, is nested too
            deeply, or has too many elements.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    root = XmlNode("", "", 0, {})
    open_nodes, elements = [root], count(1)

    def start(full_name: str, attributes: dict[str, str]) -> None:
        namespace, _, name = full_name.rpartition(_SEPARATOR)
        node = XmlNode(namespace, name, parser.CurrentLineNumber, attributes)
        if len(open_nodes) > _DEPTH_MAX:
            raise ForbiddenXmlError(node.line, "the elements are nested too deeply")
        if next(elements) > ELEMENTS_MAX:
            raise ForbiddenXmlError(node.line, f"there are more than {ELEMENTS_MAX} elements")
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_full_name: str) -> None:
        open_nodes.pop()

    def words(text: str) -> None:
        open_nodes[-1].text += text

    def document_type(*_declared: object) -> None:
        raise ForbiddenXmlError(parser.CurrentLineNumber, "a document type is not accepted")

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = words, document_type
    parser.Parse(content, True)  # noqa: FBT003 - the library takes it by place only
    return root.children[0]
