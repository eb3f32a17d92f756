"""Access tokens that somebody might try; none of them is one."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bankcore_infra.keys.signing_keys import SigningKeys, thumbprint

Signer = Callable[[bytes], bytes]
REQUIRED: Final = ("iss", "aud", "sub", "sid", "jti", "iat", "exp", "tenant_id", "tenant", "roles", "token_use")
_OTHER: Final = str(UUID(int=7))
_VALUES: Final[tuple[object, ...]] = (None, "", [], {}, True, 0, -1, 1.5, 10**30, float("nan"), float("inf"), "x" * 100)


def encode(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(header: object, payload: object, signer: Signer) -> str:
    """A JWT of whatever header and payload, signed."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signed = ".".join(encode(part) for part in parts)
    return f"{signed}.{encode(signer(signed.encode()))}"


def parts_of(token: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and payload of a token."""
    header, payload, _signature = token.split(".")
    return _decoded(header), _decoded(payload)


def hostile_tokens(good: str, keys: SigningKeys) -> Mapping[str, str]:
    """Every hostile token by what is wrong with it; those with wrong claims bear the signature of our own key."""
    header, payload = parts_of(good)
    ours = keys.signing_key.sign
    return {
        **dict(_broken_forms(good)),
        **dict(_wrong_headers(header, payload, ours)),
        **dict(_wrong_keys(header, payload, keys)),
        **dict(_wrong_claims(header, payload, ours)),
    }


def _broken_forms(good: str) -> Iterator[tuple[str, str]]:
    head, body, signature = good.split(".")
    yield "no signature", f"{head}.{body}."
    yield "no signature and no dot", f"{head}.{body}"
    yield "no payload", f"{head}..{signature}"
    yield "no header", f".{body}.{signature}"
    yield "four parts", f"{good}.{signature}"
    yield "five parts, as encrypted", f"{good}.{signature}.{signature}"
    yield "only dots", ".."
    yield "a word", "token"
    yield "JSON", json.dumps({"alg": "none"})
    yield "padded", f"{good}=="
    yield "standard base64", f"{head}.{body}.{signature[:-2]}+/"
    yield "a tab inside", f"{head}\t.{body}.{signature}"
    yield "not ASCII", f"{head}.{body}é.{signature}"
    yield "a fullwidth digit", f"{head}.{body}\uff11.{signature}"
    yield "one megabyte", f"{head}.{'A' * 1_000_000}.{signature}"
    yield "twice the payload", f"{head}.{body}{body}.{signature}"
    yield "the signature of nothing", f"{head}.{body}.{'A' * 86}"
    yield "the last bit of the signature turned", good[:-1] + ("Q" if good[-1] != "Q" else "g")
    yield "another spelling of the same signature", good[:-1] + chr(ord(good[-1]) + 1)
    yield "a payload of other bytes", f"{head}.{body[:-1]}{'A' if body[-1] != 'A' else 'B'}.{signature}"
    yield "upper case", good.upper()


def _wrong_headers(header: dict[str, object], payload: object, ours: Signer) -> Iterator[tuple[str, str]]:
    for algorithm in (
        "none",
        "nOnE",
        "None",
        "NONE",
        "",
        "HS256",
        "HS512",
        "RS256",
        "ES256",
        "PS256",
        "Ed25519",
        None,
        1,
    ):
        yield f"alg {algorithm!r}", sign({**header, "alg": algorithm}, payload, ours)
    for algorithm in ("none", "nOnE"):
        unsigned = sign({**header, "alg": algorithm}, payload, lambda _signed: b"")
        yield f"alg {algorithm} without a signature", unsigned
    for kind in ("JWT", "AT+JWT", "application/at+jwt", "rt+jwt", "", None, ["at+jwt"]):
        yield f"typ {kind!r}", sign({**header, "typ": kind}, payload, ours)
    kids: tuple[object, ...] = (
        "unknown",
        "",
        "../../etc/passwd",
        "/dev/null",
        "' OR 1=1 --",
        "http://127.0.0.1/k",
        None,
        0,
        [],
        {},
        "a" * 500,
    )
    for kid in kids:
        yield f"kid {str(kid)[:30]!r}", sign({**header, "kid": kid}, payload, ours)
    for name in ("alg", "typ", "kid"):
        yield f"no {name}", sign({key: value for key, value in header.items() if key != name}, payload, ours)
    for name, value in (
        ("jku", "http://127.0.0.1/jwks"),
        ("x5u", "http://127.0.0.1/x5"),
        ("x5c", ["MIIB"]),
        ("jwk", {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        ("crit", ["exp"]),
        ("b64", False),
        ("zip", "DEF"),
        ("cty", "JWT"),
    ):
        yield f"with {name}", sign({**header, name: value}, payload, ours)
    yield "a header that is a list", sign([header], payload, ours)
    yield "a header that is not JSON", sign(b"{", payload, ours)
    yield "a header that is not UTF-8", sign(b"\xff\xfe", payload, ours)
    yield "a header of a thousand brackets", sign(b"[" * 2_000, payload, ours)


def _wrong_keys(header: dict[str, object], payload: object, keys: SigningKeys) -> Iterator[tuple[str, str]]:
    public = keys.signing_key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    for name, secret in (("PEM", pem), ("raw key", raw), ("kid", str(header["kid"]).encode()), ("nothing", b"")):
        signer = _hmac_signer(secret)
        yield f"HS256 with our public {name}", sign({**header, "alg": "HS256"}, payload, signer)
        yield f"EdDSA in name, HMAC with our public {name}", sign(header, payload, signer)
    stranger = Ed25519PrivateKey.generate()
    yield "a stranger's key under our name", sign(header, payload, stranger.sign)
    own_name = {**header, "kid": thumbprint(stranger.public_key())}
    yield "a stranger's key under its own name", sign(own_name, payload, stranger.sign)
    elliptic = generate_private_key(SECP256R1())
    yield "ES256", sign({**header, "alg": "ES256"}, payload, lambda signed: elliptic.sign(signed, ECDSA(SHA256())))


def _wrong_claims(header: object, payload: dict[str, object], ours: Signer) -> Iterator[tuple[str, str]]:
    for name in REQUIRED:
        yield f"no {name}", sign(header, {key: value for key, value in payload.items() if key != name}, ours)
        for value in _VALUES:
            if not (name == "roles" and value == []):
                yield f"{name} {str(value)[:12]!r}", sign(header, {**payload, name: value}, ours)
    for name, value in (
        ("aud", ["bankcore-api"]),
        ("aud", "bankcore-admin"),
        ("iss", "bankcore.example"),
        ("sub", _OTHER.upper().replace("-", "")),
        ("sub", f"{{{_OTHER}}}"),
        ("sub", f"urn:uuid:{_OTHER}"),
        ("exp", str(payload["exp"])),
        ("iat", str(payload["iat"])),
        ("exp", int(str(payload["exp"])) + 86_400 * 365),
        ("iat", int(str(payload["iat"])) + 3_600),
        ("roles", "admin"),
        ("roles", ["superuser"]),
        ("roles", [["admin"]]),
        ("token_use", "refresh"),
    ):
        yield f"{name} {value!r}", sign(header, {**payload, name: value}, ours)
    yield "one claim more", sign(header, {**payload, "is_admin": True}, ours)
    yield "a payload that is a list", sign(header, [payload], ours)
    yield "a payload that is not JSON", sign(header, b"payload", ours)
    yield "a payload of a thousand brackets", sign(header, b"[" * 2_000, ours)
    yield "a payload that is empty", sign(header, {}, ours)


def _hmac_signer(secret: bytes) -> Signer:
    return lambda signed: hmac.digest(secret, signed, sha256)


def _decoded(part: str) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return decoded
