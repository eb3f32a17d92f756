"""Records in the audit log who was turned away: from forbidden and hidden things, or for a token that is not valid."""

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

TenantOfCredential = Callable[[str], TenantId | None]


class Denials:
    """Gets every refusal that a view raises, and records those that an auditor should see.

    The refusal of a command is in the audit log already, and so is a failed login. An expired token is common, and only
    logged.
    """

    def __init__(self, attempts: AttemptLog, tenant_of: TenantOfCredential) -> None:
        """Record in that log. A token or key that we made names the tenant even when it is refused."""
        self._attempts = attempts
        self._tenant_of = tenant_of

    def note(self, error: BankcoreError) -> None:
        """Record the refusal if it turns a caller away and is not recorded with a command."""
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
                tenant=self._tenant_of(token) or request.headers.get(HEADER, DEFAULT_TENANT),
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
    """The id in the path; other names, such as account numbers, are not kept."""
    try:
        return UUID(error.identifier) if isinstance(error, NotFoundError) else None
    except ValueError:
        return None


def _route(context: RequestContext) -> str:
    return f"{request.method} {context.route}"
