"""Many movements of money in one request."""

from collections.abc import Callable
from typing import Final

from bankcore.approvals.refusals import ApprovalAdvice, ApprovalRequiredError
from bankcore.batches.post_batch import BatchRefusedError, CommandBatch, PostBatch
from bankcore.errors import OutcomeUnknownError
from bankcore.identifiers import TenantId
from bankcore.identity.refusals import MfaRequiredError
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.shapes.batches import BatchBody, BatchShape, present_outcomes
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

BatchesOf = Callable[[TenantId], PostBatch]
_KEY: Final = IdempotencyKeyHeader()


def batches_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/transactions/batch`, on the books of the caller's tenant."""
    batches_of = services.each(PostBatch)
    blueprint = Blueprint("batches", url_prefix="/v1/transactions", tag="Transactions")

    @blueprint.route("/batch", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_POST))
    @blueprint.takes(_KEY)
    @blueprint.arguments(BatchBody)
    @blueprint.response(200, BatchShape, message="Batch answered", headers=REPLAY_HEADERS)
    @blueprint.raises(BatchRefusedError, MfaRequiredError, ApprovalRequiredError, OutcomeUnknownError)
    def post_batch(caller: Caller, key: str, body: BatchBody) -> Answer:
        """Make up to 1,000 movements, and be told of each what became of it.

        They are made in their order, all in one unit of work. A refused one changes nothing and does not disturb the
        others; with `atomic` nothing is made unless all of them can be. The key belongs to the whole batch. With
        `dryRun` you are told what would happen, and the key stays free.
        """
        batch = body.batch(key)
        moved = [each.amount for each in batch.commands if isinstance(each, Transfer | Withdraw)]
        caller.require_may_move(moved, advice=ApprovalAdvice.ONE_BY_ONE)
        return _answer(batches_of(caller.principal.tenant_id), batch, caller.origin, is_rehearsed=body.dry_run)

    return blueprint


def _answer(batches: PostBatch, batch: CommandBatch, origin: Origin, *, is_rehearsed: bool) -> Answer:
    answer = (batches.rehearse if is_rehearsed else batches)(batch, origin=origin)
    return Answer(present_outcomes(answer.value, batch), headers=replay_headers(replayed=answer.replayed))
