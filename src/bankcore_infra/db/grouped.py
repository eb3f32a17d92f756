"""Grouped: a group commit on the transactions of one tenant, with the patience that each way of posting has."""

from collections.abc import Callable
from typing import Final

from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.group_commit import GroupCommit, PostAlone, PostTogether
from bankcore_infra.db.places import A, R
from bankcore_infra.db.transactions import OwnTransactions

# Whoever shares a unit of work with somebody whose account is held elsewhere waits for so long, and then goes alone.
_LOCK_TIMEOUT_IN_COMPANY: Final = "100ms"
# Most of those who then go alone want other accounts than the one that is held. They wait for longer than any company
# keeps these, and not behind those who wait for that one.
_LOCK_TIMEOUT_ALONE: Final = "300ms"


def grouped(
    database: Database, tenant_id: TenantId, posting: Callable[[OwnTransactions], PostTogether[R, A]]
) -> GroupCommit[R, A]:
    """The queue of what `posting` posts in the transactions it is given."""
    in_company = OwnTransactions(database, tenant_id, lock_timeout=_LOCK_TIMEOUT_IN_COMPANY)
    alone = OwnTransactions(database, tenant_id, lock_timeout=_LOCK_TIMEOUT_ALONE)
    return GroupCommit(
        posting(in_company),
        _one(posting(alone)),
        patiently=_one(posting(OwnTransactions(database, tenant_id))),
        is_undone=lambda: not in_company.has_sent_commit,
    )


def _one(together: PostTogether[R, A]) -> PostAlone[R, A]:
    def post(request: R) -> A:
        (outcome,) = together([request])
        return outcome

    return post
