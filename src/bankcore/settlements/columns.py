"""Which columns of each provider's file say what. Whoever reads a file may name a column that was renamed.

Sources: Stripe, "Payout reconciliation report type" (itemized); Paystack, "How can I see my Payouts on Paystack?";
Flutterwave, "Settlements", the transactions of a settlement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bankcore.settlements.lines import LineKind

CELLS: Final = ("reference", "providerId", "kind", "currency", "gross", "net", "fee")
"""What a line says, if the file has a column for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementColumns:
    """The names that each column may have, as `folded` writes them."""

    names: Mapping[str, tuple[str, ...]]
    """By the `CELLS`."""
    more_fees: tuple[tuple[str, ...], ...] = ()
    """What adds to the fee, if the file has it."""
    kinds: Mapping[str, LineKind]
    """What the words of `kind` mean; others are `OTHER`, and a file without that column has payments alone."""

    def renamed(self, what: str, name: str) -> "SettlementColumns":
        """With that name for that one of the `CELLS`."""
        return replace(self, names={**self.names, what: (folded(name),)})


_PAYMENTS_UNLESS_SAID: Final = {"": LineKind.PAYMENT, "payment": LineKind.PAYMENT, "refund": LineKind.REFUND}
STRIPE: Final = SettlementColumns(
    names={
        "reference": ("payment_metadata[reference]",),
        "providerId": ("payment_intent_id",),
        "kind": ("reporting_category",),
        "currency": ("currency",),
        "gross": ("gross",),
        "net": ("net",),
        "fee": ("fee",),
    },
    kinds={"charge": LineKind.PAYMENT, "refund": LineKind.REFUND},
)
PAYSTACK: Final = SettlementColumns(
    names={
        "reference": ("reference number", "reference", "transaction reference"),
        "providerId": (),
        "kind": ("type", "transaction type"),
        "currency": ("currency",),
        "gross": ("amount paid by your customer", "amount paid", "transaction amount", "amount"),
        "net": ("amount due to the merchant", "amount due", "amount settled", "settled amount"),
        "fee": ("paystack fee", "paystack fees", "fees"),
    },
    more_fees=(("subaccount due",),),
    kinds=_PAYMENTS_UNLESS_SAID,
)
FLUTTERWAVE: Final = SettlementColumns(
    names={
        "reference": ("tx_ref", "transaction reference"),
        "providerId": ("id",),
        "kind": ("type", "transaction type"),
        "currency": ("currency",),
        "gross": ("charged_amount", "amount"),
        "net": ("settlement_amount", "amount settled"),
        "fee": ("app_fee", "flutterwave fee"),
    },
    more_fees=(("merchant_fee",), ("stampduty_charge", "stamp duty charge")),
    kinds=_PAYMENTS_UNLESS_SAID,
)
COLUMNS: Final[Mapping[str, SettlementColumns]] = {"flutterwave": FLUTTERWAVE, "paystack": PAYSTACK, "stripe": STRIPE}
"""By the name of the provider."""


def folded(name: str) -> str:
    """The name of a column without regard to case and to blanks around it."""
    return name.strip().lower()
