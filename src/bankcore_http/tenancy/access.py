"""Who may come in by these paths: whoever knows the token of the installation, and nobody by a role (docs/adr/0081)."""

from collections.abc import Sequence
from dataclasses import replace
from hmac import compare_digest
from typing import Final

from flask import Request
from typing_extensions import override

from bankcore.errors import BankcoreError, UnauthenticatedError
from bankcore.origin import Origin
from bankcore_http.answering.request_context import current_request
from bankcore_http.auth import origin_of
from bankcore_http.reading.arguments import Addition, ArgumentSource

HEADER: Final = "X-Operator-Token"
ACTOR: Final = "installation"


class OperatorToken(ArgumentSource):
    """Gives a view the origin of a request that has the token of the installation."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return (UnauthenticatedError,)

    @override
    def read(self, request: Request) -> Origin:
        """The origin.

        Raises:
            UnauthenticatedError: there is no token, or another one.
            ThrottledError: too many requests with it.
        """
        sent, context = request.headers.get(HEADER, ""), current_request()
        # The whole of both is compared whatever was sent, so that the time tells nothing of the token.
        if not compare_digest(sent.encode("utf-8", "replace"), self._token):
            context.offered_token = sent or None
            raise UnauthenticatedError
        context.count_caller(ACTOR)
        return replace(origin_of(request), actor_type="operator", actor_id=ACTOR)

    @override
    def describe(self) -> Addition:
        """The required header."""
        parameter = {
            "name": HEADER,
            "in": "header",
            "required": True,
            "description": "The token of the settings",
            "schema": {"type": "string", "minLength": 32},
        }
        return Addition(parameters=[parameter], members={"security": []})
