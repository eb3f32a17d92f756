"""The health of the process: whether it lives, and whether it can do its work."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response

from bankcore_http.answering.envelope import json_response

Readiness = Callable[[], Mapping[str, str | None]]
"""Asks each thing the process needs, and says by name what is wrong with it, None for nothing; it must not raise and
must be quick.
"""

Duties = Callable[[], Mapping[str, str]]
"""Tells the state of each duty of other processes, by name and in one word; it must not raise and must be quick."""


def health_blueprint(readiness: Readiness, duties: Duties = dict) -> Blueprint:
    """`/health/live` and `/health/ready`, both without the envelope.

    A duty that nobody does is reported, but the process stays ready: postings are right without it.
    """
    blueprint = Blueprint("health", __name__, url_prefix="/health")

    def live() -> Response:
        return json_response({"status": "ok"}, 200)

    def ready() -> Response:
        checks = readiness()
        shown = {name: "ok" if fault is None else "failed" for name, fault in checks.items()}
        faults = {name: fault for name, fault in checks.items() if fault is not None}
        told = {"checks": shown, "duties": dict(duties())}
        if not faults:
            return json_response({"status": "ok", **told}, 200)
        return json_response({"status": "unavailable", **told, "faults": faults}, 503)

    blueprint.add_url_rule("/live", "live", live)
    blueprint.add_url_rule("/ready", "ready", ready)
    return blueprint
