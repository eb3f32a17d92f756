"""Whether the process lives, and whether it can do its work."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response

from bankcore_http.envelope import json_response

Readiness = Callable[[], Mapping[str, bool]]
"""Asks each thing the process needs, and says by name whether it answers; it must not raise and must be quick."""


def health_blueprint(readiness: Readiness) -> Blueprint:
    """`/health/live` and `/health/ready`, both without the envelope."""
    blueprint = Blueprint("health", __name__, url_prefix="/health")

    def live() -> Response:
        return json_response({"status": "ok"}, 200)

    def ready() -> Response:
        checks = readiness()
        is_ready = all(checks.values())
        shown = {name: "ok" if passed else "failed" for name, passed in checks.items()}
        return json_response({"status": "ok" if is_ready else "unavailable", "checks": shown}, 200 if is_ready else 503)

    blueprint.add_url_rule("/live", "live", live)
    blueprint.add_url_rule("/ready", "ready", ready)
    return blueprint
