"""Every route that changes something takes an idempotency key."""

from bankcore_http.wsgi import describe
from tests.worlds.openapi import resolved

WITHOUT_KEY = {
    *("/v1/auth/login", "/v1/auth/refresh", "/v1/auth/logout", "/v1/auth/step-up"),
    # A token is good once, and a mail too many is let go by.
    *("/v1/auth/password-reset", "/v1/auth/password-reset/confirm"),
    # It compares a file, and stores nothing.
    "/v1/admin/providers/{config_id}/settlements",
}
CHANGING = ("post", "put", "patch", "delete")


def test_every_changing_route_below_v1_requires_the_header() -> None:
    document = describe()
    paths = document["paths"]
    assert isinstance(paths, dict)
    missing, seen = [], 0

    for path, operations in paths.items():
        for method in CHANGING:
            operation = operations.get(method)
            if operation is None or not path.startswith("/v1/"):
                continue
            seen += 1
            parameters = [resolved(document, one) for one in operation.get("parameters", [])]
            headers = [one for one in parameters if one["name"] == "Idempotency-Key"]
            is_required = any(header["required"] and header["in"] == "header" for header in headers)
            if is_required == (path in WITHOUT_KEY):
                missing.append(f"{method} {path}")

    assert missing == []
    assert seen >= 4
