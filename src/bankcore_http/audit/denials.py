"""Notes for the audit log who was turned away: forbidden and hidden things, and tokens that are good for nothing."""

from collections.abc import Callable
from uuid import UUID

from flask import request

from bankcore.audit.attempts import AttemptLog, Denial, DeniedRequest
from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError, UnauthenticatedError
from bankcore.identifiers import TenantId
from bankcore.identity.refusals import TokenExpiredError
from bankcore_http.answering.request_context import RequestContext, current_request
from bankcore_http.auth import origin_of
from bankcore_http.tenant_header import DEFAULT_TENANT, HEADER

TenantOfToken = Callable[[str], TenantId | None]


class Denials:
    """Hears every refusal that a view raises, and hands on those that somebody should know of.

    What a command is refused is in the audit log already. So is a failed login, which comes with no token. A token
    whose time is over is every client's daily bread, and only logged.
    """

    def __init__(self, attempts: AttemptLog, tenant_of_token: TenantOfToken) -> None:
        """With that log; a token that we signed tells the tenant even when it is refused."""
        self._attempts = attempts
        self._tenant_of_token = tenant_of_token

    def note(self, error: BankcoreError) -> None:
        """Record the refusal if it is one that turns somebody away, unless it is recorded with its command."""
        if error.recorded:
            return
        context = current_request()
        if context.principal is None:
            self._note_stranger(error, context)
            return
        denial = _denial_of(error)
        if denial is not None:
            principal = context.principal
            self._attempts.record(
                DeniedRequest(
                    tenant=principal.tenant_id,
                    denial=denial,
                    code=error.code,
                    route=_route(context),
                    resource=error.resource if isinstance(error, NotFoundError) else None,
                    resource_id=_resource_id(error),
                    origin=origin_of(request, principal),
                )
            )

    def _note_stranger(self, error: BankcoreError, context: RequestContext) -> None:
        token = context.offered_token
        is_bad_token = isinstance(error, UnauthenticatedError) and not isinstance(error, TokenExpiredError)
        if token is None or not is_bad_token:
            return
        self._attempts.record(
            DeniedRequest(
                tenant=self._tenant_of_token(token) or request.headers.get(HEADER, DEFAULT_TENANT),
                denial=Denial.UNAUTHENTICATED,
                code=error.code,
                route=_route(context),
                origin=origin_of(request),
            )
        )


def _denial_of(error: BankcoreError) -> Denial | None:
    if isinstance(error, ForbiddenError):
        return Denial.FORBIDDEN
    return Denial.HIDDEN if isinstance(error, NotFoundError) else None


def _resource_id(error: BankcoreError) -> UUID | None:
    """The id that was asked for; any other name, such as an account number, is not kept."""
    try:
        return UUID(error.identifier) if isinstance(error, NotFoundError) else None
    except ValueError:
        return None


def _route(context: RequestContext) -> str:
    return f"{request.method} {context.route}"
