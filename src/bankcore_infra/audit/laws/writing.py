"""JSON as a bank writes it, read strictly."""

import json
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined] # of CPython
from typing import Any, Final

from bankcore_infra.audit.laws.findings import NotAsWrittenError


def _refuse_number(text: str) -> None:
    raise NotAsWrittenError(f"has the number {text[:20]}")


decode: Final = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number).decode
encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Made once, since `iterencode` makes an encoder for each document.
_encode_parts: Final = c_make_encoder(None, None, encode_basestring, None, ":", ",", *[False] * 3)
_encode_sorted: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def document_in(raw: bytes) -> dict[str, Any]:
    """Read an object of JSON with whole numbers, sound text and no deep nesting. Raises: NotAsWrittenError."""
    try:
        document: dict[str, Any] = decode(raw.decode())
    except NotAsWrittenError:
        raise
    except UnicodeDecodeError:
        raise NotAsWrittenError("is not UTF-8") from None
    except RecursionError:
        raise NotAsWrittenError("is nested too deep") from None
    except ValueError:
        raise NotAsWrittenError("is not JSON") from None
    if type(document) is not dict:
        raise NotAsWrittenError("is no object")
    return document


def written(document: dict[str, Any]) -> bytes:
    """The document as one line of an export. Raises: UnicodeEncodeError."""
    return f"{''.join(_encode_parts(document, 0))}\n".encode()


def canonical(document: dict[str, Any]) -> bytes:
    """The document in its canonical form (RFC 8785). Raises: UnicodeEncodeError."""
    text = _encode_sorted(document)
    # Names sort by UTF-16 code units; only those beyond the first 65,536 characters tell the two orders apart.
    return (text if text.isascii() or document.get("v") == 1 else encode(_in_order(document))).encode()


def _in_order(value: Any) -> Any:
    if type(value) is dict:
        return {name: _in_order(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    return list(map(_in_order, value)) if type(value) is list else value
