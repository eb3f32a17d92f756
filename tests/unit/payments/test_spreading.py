"""Which configuration goes first: the lowest priority, and of equals each as often as its weight says."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import UsableProvider
from bankcore.payments.spreading import spread
from bankcore.providers.states import ProviderMode
from bankcore.testing.providers import InMemoryProvider

PROVIDER = InMemoryProvider()


def usable(*places: tuple[str, int, int]) -> list[UsableProvider]:
    """Configurations by name, priority and weight."""
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        UsableProvider(
            config=ProviderConfig(
                id=ProviderConfigId(UUID(int=number)),
                name=name,
                provider="memory",
                created_at=made_at,
                priority=priority,
                weight=weight,
            ),
            mode=ProviderMode.TEST,
            provider=PROVIDER,
            webhook_url="https://bank.example/",
        )
        for number, (name, priority, weight) in enumerate(places)
    ]


def payment(number: int) -> PaymentId:
    return PaymentId(UUID(int=number))


def names(found: Iterable[UsableProvider]) -> list[str]:
    return [each.config.name for each in found]


def test_of_equals_each_goes_first_as_often_as_its_weight_says() -> None:
    equals = usable(("small", 0, 1), ("large", 0, 3))

    first = Counter(names(spread(equals, payment(number)))[0] for number in range(2_000))

    assert 1_400 < first["large"] < 1_600
    assert first.total() == 2_000


def test_a_lower_priority_goes_before_any_weight() -> None:
    places = usable(("first", 0, 1), ("heavy", 1, 1000), ("light", 1, 1))

    orders = {tuple(names(spread(places, payment(number)))) for number in range(20_000)}

    assert orders == {("first", "heavy", "light"), ("first", "light", "heavy")}


def test_the_same_payment_is_drawn_alike_each_time_and_nobody_is_left_out() -> None:
    equals = usable(*((f"equal-{number}", 0, number + 1) for number in range(5)))

    for number in range(50):
        drawn = spread(equals, payment(number))
        assert drawn == spread(equals, payment(number))
        assert sorted(names(drawn)) == names(equals)
