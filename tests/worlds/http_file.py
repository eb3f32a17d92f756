"""Sends the requests of a `.http` file one after another, as an editor with an HTTP client does."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

_VARIABLE: Final = re.compile(r"^@(\w+) = (.*)$", re.MULTILINE)
_USED: Final = re.compile(r"\{\{([\w.$]+)\}\}")
_TIMEOUT_S: Final = 30


class Answered(NamedTuple):
    """A request by its title, what the file says of its answer, and what was answered."""

    title: str
    promised: str
    status: int
    body: Any

    @property
    def told(self) -> str:
        """The answer in the words of the promise."""
        words = self.promised.split(" ", 3)
        if len(words) == 1:
            return str(self.status)
        value = self.body.get(words[1]) if isinstance(self.body, dict) else None
        return f"{self.status} {words[1]} = {value if isinstance(value, str) else json.dumps(value)}"


@dataclass
class HttpFile:
    """The file with its variables, which a test may set anew."""

    text: str
    values: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, **values: str) -> "HttpFile":
        """The file, with these values in place of its own."""
        text = path.read_text(encoding="utf-8")
        return cls(text, dict(_VARIABLE.findall(text)) | values)

    def send_all(self) -> Iterator[Answered]:
        """Every request in its turn."""
        for block in re.split(r"^### ", self.text, flags=re.MULTILINE)[1:]:
            yield self._send(block)

    def _send(self, block: str) -> Answered:
        head, _, body = block.partition("\n\n")
        title, *lines = head.strip().split("\n")
        comments = [line[2:] for line in lines if line.startswith("# ")]
        first, *headers = [self._filled(line) for line in lines if not line.startswith("#")]
        method, url = first.split(" ")
        content = self._filled(body.strip()).encode() or None
        named = dict(line.split(": ", 1) for line in headers)
        status, answer = _ask(urllib.request.Request(url, content, named, method=method))
        for comment in comments:
            if comment.startswith("@name "):
                self.answers[comment.removeprefix("@name ")] = answer
        (promised,) = [comment.removeprefix("-> ") for comment in comments if comment.startswith("-> ")]
        return Answered(title, self._filled(promised), status, answer)

    def _filled(self, text: str) -> str:
        return _USED.sub(lambda used: self._value(used[1]), text)

    def _value(self, name: str) -> str:
        request, _, path = name.partition(".response.body.")
        return self.values[name] if not path else str(self.answers[request][path])


def _ask(request: urllib.request.Request) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
