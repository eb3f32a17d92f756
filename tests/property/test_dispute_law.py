"""Whatever happens to disputes in whatever order: the books follow the provider's, each movement once, whoever pays."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bankcore.disputes.disputes import DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.payments.payments import Payment
from bankcore.providers.disputes import DisputedMoney, DisputeStanding, DisputeState
from bankcore.testing import FrozenClock
from tests.contract.dispute_adapters import DisputeAdapter, dispute_adapter
from tests.contract.payment_adapters import in_memory_payment_adapter
from tests.contract.refund_adapters import refund_adapter
from tests.worlds.values import npr

FEE = "0.50"
OPEN = (DisputeStanding.NEEDS_RESPONSE, DisputeStanding.UNDER_REVIEW)


class DisputeLaw(RuleBasedStateMachine):
    """One merchant with two payments who spends what is there, a provider that tells or is silent, and a worker."""

    def __init__(self) -> None:
        super().__init__()
        self.disputes: DisputeAdapter = dispute_adapter(refund_adapter(in_memory_payment_adapter(FrozenClock())))
        self.paid: list[Payment] = []
        self.ended: dict[PaymentDisputeId, DisputeStatus] = {}

    @initialize()
    def payers_pay(self) -> None:
        self.paid = [self.disputes.refunds.payments.paid(amount) for amount in ("5.00", "3.00")]

    @rule(number=st.integers(0, 1), amount=st.sampled_from(["1.00", "3.00"]), is_taken=st.booleans())
    def payer_disputes(self, number: int, amount: str, *, is_taken: bool) -> None:
        name, taken = f"dp_{len(self.disputes.provider.disputes)}", amount if is_taken else None
        self.disputes.let_be(self.paid[number], amount=amount, taken=taken, fee=FEE, dispute_id=name)
        self.disputes.tell(name)

    @rule(number=st.integers(0, 9), status=st.sampled_from(DisputeStanding), is_told=st.booleans())
    def provider_goes_on(self, number: int, status: DisputeStanding, *, is_told: bool) -> None:
        known = sorted(self.disputes.provider.disputes)
        if not known or self.disputes.provider.disputes[known[number % len(known)]].status not in OPEN:
            return
        name = known[number % len(known)]
        self.disputes.provider.disputes[name] = _moved(self.disputes.provider.disputes[name], status)
        if is_told:
            self.disputes.tell(name)

    @rule(amount=st.sampled_from(["0.30", "2.00"]))
    def merchant_spends(self, amount: str) -> None:
        self.disputes.spend(npr(amount))

    @rule(number=st.integers(0, 1))
    def merchant_gives_back(self, number: int) -> None:
        self.disputes.refunds.try_to_give(self.paid[number].id, "1.00")

    @rule(is_frozen=st.booleans())
    def somebody_freezes_or_frees_the_merchant(self, *, is_frozen: bool) -> None:
        account_id = self.disputes.refunds.payments.merchant.id
        command = FreezeAccount(account_id) if is_frozen else UnfreezeAccount(account_id)
        self.disputes.refunds.payments.bank.ledger.execute([command])

    @rule(hours=st.sampled_from([0, 25]))
    def worker_works(self, hours: int) -> None:
        self.disputes.refunds.payments.let_time_pass(timedelta(hours=hours))
        self.disputes.ask_all()

    def all(self) -> list[PaymentDispute]:
        return list(self.disputes.queries.list_disputes(limit=1_000))

    @invariant()
    def what_ended_stays(self) -> None:
        for dispute in self.all():
            if dispute.status.is_over:
                assert self.ended.setdefault(dispute.id, dispute.status) is dispute.status

    @invariant()
    def the_books_have_what_moved_once_and_somebody_paid_it(self) -> None:
        if not self.paid:
            return
        found = self.all()
        taken = sum(each.withdrawn.amount.minor for each in found if each.withdrawn is not None)
        back = sum(each.reinstated.amount.minor for each in found if each.reinstated is not None)
        fees = sum(each.withdrawn.fee.minor for each in found if each.withdrawn is not None)
        refunded = sum(each.amount.minor for each in self.disputes.provider.refunds.values() if each.amount is not None)
        _merchant, clearing, fee, owed = self.disputes.balances()
        assert npr(clearing).minor == taken - back + refunded - 800
        assert npr(fee).minor == fees
        kept = [each for each in found if each.is_kept]
        held = sum(each.reinstated.amount.minor for each in kept if each.reinstated is not None)
        assert npr(owed).minor == held - sum(each.owed.minor for each in found)
        assert all(each.review_since is not None for each in kept)

    @invariant()
    def what_the_provider_did_is_booked_as_soon_as_it_was_asked(self) -> None:
        for dispute in self.all():
            told = self.disputes.provider.disputes[dispute.provider_id]
            for ours, theirs in ((dispute.withdrawn, told.withdrawn), (dispute.reinstated, told.reinstated)):
                assert ours is None or (ours.amount, ours.fee) == theirs

    @invariant()
    def more_than_was_paid_is_never_gone_without_a_person(self) -> None:
        for payment in self.paid:
            found = [each for each in self.all() if each.payment_id == payment.id]
            taken = sum(each.withdrawn.amount.minor for each in found if each.withdrawn and not each.reinstated)
            given = npr(self.disputes.refunds.given(payment)).minor
            if taken + given > payment.amount.minor:
                assert any(each.review_since is not None for each in found)


def _moved(state: DisputeState, status: DisputeStanding) -> DisputeState:
    """What the provider does with the money when it goes on so."""
    assert state.amount is not None
    taken, nothing = state.withdrawn or DisputedMoney(state.amount, npr(FEE)), npr("0")
    if status is DisputeStanding.LOST:
        return replace(state, status=status, withdrawn=taken)
    is_back = status is DisputeStanding.WON and state.withdrawn is not None
    return replace(state, status=status, reinstated=DisputedMoney(state.amount, nothing) if is_back else None)


TestDisputeLaw = DisputeLaw.TestCase
