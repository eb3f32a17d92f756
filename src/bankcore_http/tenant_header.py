"""The `X-Tenant` header: the tenant of a caller who has no token yet."""

from collections.abc import Sequence
from typing import Final

from flask import Request
from typing_extensions import override

from bankcore.errors import BankcoreError, NotFoundError
from bankcore.identity.services import IdentityDirectory, IdentityServices
from bankcore_http.reading.arguments import Addition, ArgumentSource

HEADER: Final = "X-Tenant"
DEFAULT_TENANT: Final = "main"


class TenantHeader(ArgumentSource):
    """Gives a view the identity services of the named tenant."""

    def __init__(self, directory: IdentityDirectory) -> None:
        self._directory = directory

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return (NotFoundError,)

    @override
    def read(self, request: Request) -> IdentityServices:
        """The tenant's services; NotFoundError if there is no such tenant."""
        return self._directory.at_slug(request.headers.get(HEADER, DEFAULT_TENANT))

    @override
    def describe(self) -> Addition:
        """The optional header."""
        parameter = {
            "name": HEADER,
            "in": "header",
            "required": False,
            "description": "The slug of the tenant; later the token says it",
            "schema": {"type": "string", "default": DEFAULT_TENANT, "maxLength": 63},
        }
        return Addition(parameters=[parameter])
