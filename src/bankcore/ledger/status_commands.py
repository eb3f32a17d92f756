"""Commands that let an account take part in postings, or no longer: they move no money."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from bankcore.arguments import require_id
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import Command, elements
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True)
class StatusCommand(Command):
    """What both have in common: the account, and in the caller's own words why."""

    new_status: ClassVar[AccountStatus]
    account_id: AccountId
    _: KW_ONLY
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text."""
        Command.__post_init__(self)
        require_id(self.account_id, "/accountId")
        if self.reason is not None:
            require_text(self.reason, "/reason", length_max=REFERENCE_LENGTH_MAX)

    def content(self) -> str:
        """Account and reason."""
        return elements(str(self.account_id), self.reason)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """The account."""
        return (self.account_id,)


@dataclass(frozen=True, slots=True)
class FreezeAccount(StatusCommand):
    """Keep an active account out of every posting until it is unfrozen."""

    kind: ClassVar[str] = "freeze_account"
    new_status: ClassVar[AccountStatus] = AccountStatus.FROZEN


@dataclass(frozen=True, slots=True)
class UnfreezeAccount(StatusCommand):
    """Let a frozen account take part in postings again."""

    kind: ClassVar[str] = "unfreeze_account"
    new_status: ClassVar[AccountStatus] = AccountStatus.ACTIVE
