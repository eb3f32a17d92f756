"""Builds the one file that verifies an export without bankcore; run as a program, it verifies an export too.

The file consists of the modules of `laws`, with which the bank verifies itself too, and of the core's modules that they
need. A module stands before those that import it, and the imports of the standard library stand on top.
"""

import ast
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final, NamedTuple

_SOURCE: Final = Path(__file__).resolve().parents[2]
_PROGRAM: Final = "bankcore_infra.audit.laws.program"
_OURS: Final = "bankcore"


class _Part(NamedTuple):
    """A module: its docstring, what it imports of the standard library and of ours, and the text after the imports."""

    docstring: str
    imports: list[ast.Import | ast.ImportFrom]
    needs: list[str]
    text: str


def build_verifier() -> str:
    """The text of the file."""
    parts: dict[str, _Part] = {}
    _collect(_PROGRAM, parts)
    order = TopologicalSorter({name: part.needs for name, part in parts.items()}).static_order()
    texts = [f"# {name.replace('.', '/')}.py\n{parts[name].text}" for name in order]
    head = f'"""{parts[_PROGRAM].docstring}"""\n\n{_imports(list(parts.values()))}'
    return "\n\n\n".join([head, *texts, 'if __name__ == "__main__":\n    sys.exit(main())\n'])


def _collect(name: str, parts: dict[str, _Part]) -> None:
    """Read a module and those that it imports."""
    text = _SOURCE.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    ours = [node for node in imports if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS)]
    body = "\n".join(text.split("\n")[max((node.end_lineno or 0) for node in imports) :])
    others = [node for node in imports if node not in ours]
    docstring, needs = ast.get_docstring(tree, clean=False) or "", [node.module or "" for node in ours]
    parts[name] = _Part(docstring, others, needs, body.strip())
    for need in needs:
        if need not in parts:
            _collect(need, parts)


def _imports(parts: list[_Part]) -> str:
    modules, members = set[str](), defaultdict[str, set[str]](set)
    for node in (node for part in parts for node in part.imports):
        names = {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            modules |= names
        else:
            members[node.module or ""] |= names
    lines = [f"import {name}" for name in sorted(modules)]
    lines += [f"from {name} import {', '.join(sorted(members[name]))}" for name in sorted(members)]
    return "\n".join(lines)


if __name__ == "__main__":
    if not _SOURCE.joinpath(_OURS).is_dir():
        sys.stderr.write("cannot verify: `bankcore audit verifier --out FILE` writes the file that runs alone\n")
        sys.exit(2)
    exec(compile(build_verifier(), __file__, "exec"), {"__name__": "__main__"})  # noqa: S102 - made of our own modules
