"""Figures for monitoring, in the text format of Prometheus, for callers with the token."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from flask import Blueprint, Response, request

from bankcore_http.answering.envelope import json_response

_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """What is shown, and the token that opens it."""

    exposition: Callable[[], bytes]
    token: str = field(repr=False)


def metrics_blueprint(page: MetricsPage) -> Blueprint:
    """`/metrics`, without the envelope: 401 for a request without the token as a bearer."""
    blueprint = Blueprint("metrics", __name__)
    expected = f"bearer {page.token}".encode()

    def metrics() -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not compare_digest(f"{scheme.lower()} {token}".encode(), expected):
            refused = json_response({"status": "unauthenticated"}, 401)
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return Response(page.exposition(), content_type=_CONTENT_TYPE)

    blueprint.add_url_rule("/metrics", "metrics", metrics)
    return blueprint
