"""The OpenAPI document and the page that shows it; every asset comes from this origin."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from flask import Blueprint, Response, abort
from swagger_ui_bundle import swagger_ui_path

from bankcore_http.answering.security_headers import DOCS_POLICY
from bankcore_http.answering.wire import dump_json
from bankcore_http.documenting.openapi import BankcoreApi

_TYPES: Final[Mapping[str, str]] = {
    "initializer.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_OURS: Final = frozenset({"initializer.js"})
_POLICY: Final = {"Content-Security-Policy": DOCS_POLICY}


def docs_blueprint(api: BankcoreApi) -> Blueprint:
    """`/openapi.json`, `/docs-json` and `/docs`; register it after every blueprint that it should show."""
    blueprint = Blueprint("documentation", __name__)

    @cache
    def content() -> bytes:
        # It is made once: it takes a hundred times as long as a small answer, and never changes in a process.
        return dump_json(api.spec.to_dict()).encode()

    def document() -> Response:
        return Response(content(), content_type="application/json")

    def page() -> Response:
        shown = files("bankcore_http.documenting").joinpath("swagger", "index.html").read_bytes()
        return Response(shown, content_type="text/html; charset=utf-8", headers=_POLICY)

    def asset(name: str) -> Response:
        return Response(_asset(name), content_type=_TYPES[name], headers=_POLICY)

    blueprint.add_url_rule("/openapi.json", "openapi_json", document)
    blueprint.add_url_rule("/docs-json", "docs_json", document)
    blueprint.add_url_rule("/docs", "page", page)
    blueprint.add_url_rule("/docs/assets/<name>", "asset", asset)
    return blueprint


def _asset(name: str) -> bytes:
    if name not in _TYPES:
        abort(404)
    if name in _OURS:
        return files("bankcore_http.documenting").joinpath("swagger", name).read_bytes()
    content: bytes = (swagger_ui_path / name).read_bytes()
    return content
