"""How users and tokens look on the wire."""

from bankcore.idempotency.answers import Accepted
from bankcore.identity.principals import TenantName
from bankcore.identity.register import Registered
from bankcore.identity.tokens import TokenPair
from bankcore.identity.users import User
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.ledger.presenters import present_account


def present_user(user: User, tenant: TenantName) -> dict[str, object]:
    """A user of that tenant."""
    return {
        "id": str(user.id),
        "email": user.email,
        "fullName": user.full_name,
        "roles": sorted(user.roles),
        "tenant": tenant.slug,
        "createdAt": render_instant(user.created_at),
    }


def present_registered(answer: Accepted[Registered], tenant: TenantName) -> Answer:
    """The answer to a registration, be it new or given again."""
    registered = answer.value
    shown = {"user": present_user(registered.user, tenant), "account": present_account(registered.account)}
    return Answer(shown, headers=replay_headers(replayed=answer.replayed))


def present_tokens(pair: TokenPair) -> dict[str, object]:
    """The pair as RFC 6749 names its parts, in our spelling."""
    return {
        "accessToken": pair.access_token,
        "refreshToken": pair.refresh_token,
        "tokenType": "Bearer",
        "expiresIn": pair.expires_in_s,
    }
