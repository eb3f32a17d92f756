"""The actions of the ledger: changes of the books, and refused or failed requests."""

from collections.abc import Mapping
from typing import Final

from bankcore.actions import Action, Audience

TRANSACTION_POSTED: Final = Action("transaction.posted", Audience.OWNER)
ACCOUNT_OPENED: Final = Action("account.opened", Audience.OWNER)
# The reason of a freeze is not shown to the owner.
ACCOUNT_STATUS_CHANGED: Final = Action("account.status_changed", Audience.OPERATOR)
# Who reversed it, and why, is told to the staff; the owner sees the reversal itself.
TRANSACTION_REVERSED: Final = Action("transaction.reversed", Audience.OPERATOR)
HOLD_PLACED: Final = Action("hold.placed", Audience.OWNER)
HOLD_CAPTURED: Final = Action("hold.captured", Audience.OWNER)
HOLD_VOIDED: Final = Action("hold.voided", Audience.OWNER)
HOLD_EXTENDED: Final = Action("hold.extended", Audience.OWNER)
HOLD_EXPIRED: Final = Action("hold.expired", Audience.OWNER)

COMMAND_REJECTED: Final = Action("command.rejected")
COMMAND_FAILED: Final = Action("command.failed")
BATCH_FAILED: Final = Action("batch.failed")
_REJECTED: Final[Mapping[str, Action]] = {
    "deposit": Action("deposit.rejected"),
    "freeze_account": Action("freeze_account.rejected"),
    "open_account": Action("open_account.rejected"),
    "post_transaction": Action("post_transaction.rejected"),
    "transfer": Action("transfer.rejected"),
    "unfreeze_account": Action("unfreeze_account.rejected"),
    "withdrawal": Action("withdrawal.rejected"),
}
_FAILED: Final[Mapping[str, Action]] = {
    "deposit": Action("deposit.failed"),
    "freeze_account": Action("freeze_account.failed"),
    "open_account": Action("open_account.failed"),
    "post_transaction": Action("post_transaction.failed"),
    "transfer": Action("transfer.failed"),
    "unfreeze_account": Action("unfreeze_account.failed"),
    "withdrawal": Action("withdrawal.failed"),
}


def rejection_of(kind: str) -> Action:
    """The action for a refused command of that kind; commands without one of their own share one."""
    return _REJECTED.get(kind, COMMAND_REJECTED)


def failure_of(kind: str) -> Action:
    """The action for a failed command of that kind."""
    return _FAILED.get(kind, COMMAND_FAILED)
