"""Innocent people with 90 days behind them, and the patterns of thieves: what the fraud rules are measured on."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID

from bankcore.fraud.movements import Direction, Movement, seconds_of
from bankcore.fraud.signals import Rule
from bankcore.identifiers import AccountId
from bankcore.money import Currency

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
USD: Final = Currency.of("USD")
DAYS: Final = 90
RENT_DAY: Final = 2
FRIDAY: Final = 4
SHOPS: Final = [AccountId(UUID(int=1_000 + number)) for number in range(300)]


@dataclass
class Person:
    """Somebody with an account: what moved on it, and whom it pays. Amounts are US cents."""

    random: random.Random
    strangers: "count[int]"
    movements: list[Movement]
    shops: Sequence[AccountId]

    def move(self, amount_minor: int, direction: Direction, who: AccountId | None, at: datetime) -> None:
        """Let money move then."""
        self.movements.append(Movement(max(1, amount_minor), USD, direction, who, seconds_of(at)))

    def stranger(self) -> AccountId:
        """Somebody nobody had to do with before."""
        return AccountId(UUID(int=next(self.strangers)))

    def at(self, day: int, *, first_hour: int = 8, last_hour: int = 21) -> datetime:
        """Some time of that day."""
        minute = self.random.randrange(first_hour * 60, last_hour * 60)
        return START + timedelta(days=day, minutes=minute, seconds=self.random.randrange(60))

    def happens(self, in_ten_thousand: int) -> bool:
        """Whether something of that likelihood happens now."""
        return self.random.randrange(10_000) < in_ten_thousand

    def largest(self) -> int:
        """The largest amount that ever left the account."""
        return max((move.amount_minor for move in self.movements if move.direction is Direction.OUT), default=10_000)


def employee(person: Person) -> None:
    """A salary and a rent each month, shops most days, a friend or a new shop now and then, rarely a big purchase."""
    chance = person.random
    salary, landlord, employer = chance.randrange(200_000, 700_000), person.stranger(), person.stranger()
    savings, pay_day = person.stranger(), chance.randrange(28)
    for day in range(DAYS):
        if day % 30 == pay_day:
            person.move(salary, Direction.IN, employer, person.at(day, first_hour=6, last_hour=8))
            person.move(salary * 3 // 10, Direction.OUT, landlord, person.at(day + chance.randrange(3)))
            if person.happens(4_000):
                person.move(salary * chance.randrange(5, 25) // 100, Direction.OUT, savings, person.at(day))
        _shop(person, day, salary)
        if person.happens(6):
            person.move(salary * chance.randrange(80, 300) // 100, Direction.OUT, person.stranger(), person.at(day))


def freelancer(person: Person) -> None:
    """Invoices that are paid when they are paid, tools and rent, and shops."""
    chance = person.random
    landlord, clients = person.stranger(), [person.stranger() for _ in range(4)]
    for day in range(DAYS):
        if person.happens(800):
            person.move(chance.randrange(40_000, 400_000), Direction.IN, chance.choice(clients), person.at(day))
        if day % 30 == RENT_DAY:
            person.move(110_000, Direction.OUT, landlord, person.at(day))
        _shop(person, day, 300_000)


def merchant(person: Person) -> None:
    """Many small payments come in each day; suppliers and wages go out on Fridays, several in an hour."""
    chance = person.random
    suppliers = [person.stranger() for _ in range(6)]
    taken = 0
    for day in range(DAYS):
        for _ in range(chance.randrange(6, 18)):
            amount_minor = chance.randrange(500, 12_000)
            taken += amount_minor
            person.move(amount_minor, Direction.IN, person.stranger(), person.at(day))
        if day % 7 == FRIDAY:
            noon = person.at(day, first_hour=11, last_hour=12)
            for place, supplier in enumerate(suppliers):
                share = taken * chance.randrange(8, 14) // 100
                person.move(share, Direction.OUT, supplier, noon + timedelta(minutes=3 * place))
            taken = 0


def student(person: Person) -> None:
    """Money from home each week, most of which is gone by the next; now and then a bill is split with friends."""
    chance = person.random
    home, friends = person.stranger(), [person.stranger() for _ in range(5)]
    for day in range(DAYS):
        if day % 7 == 0:
            person.move(chance.randrange(12_000, 25_000), Direction.IN, home, person.at(day))
        if person.happens(500):
            person.move(chance.randrange(1_000, 6_000), Direction.IN, chance.choice(friends), person.at(day))
        _shop(person, day, 60_000)


def _shop(person: Person, day: int, income: int) -> None:
    chance = person.random
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        amount_minor = int(chance.lognormvariate(0, 0.8) * income / 150)
        shop = person.stranger() if person.happens(800) else chance.choice(person.shops)
        person.move(amount_minor, Direction.OUT, shop if person.happens(8_500) else None, person.at(day))


PERSONAS: Final[tuple[tuple[Callable[[Person], None], int], ...]] = (
    (employee, 70),
    (freelancer, 12),
    (student, 14),
    (merchant, 4),
)


def burst(person: Person, at: datetime) -> None:
    """A stolen card is emptied by many small purchases within half an hour."""
    for _ in range(person.random.randrange(12, 26)):
        at += timedelta(seconds=person.random.randrange(20, 75))
        person.move(person.random.randrange(2_000, 20_000), Direction.OUT, person.random.choice(SHOPS), at)


def cut_in_parts(person: Person, at: datetime) -> None:
    """Cash that would have to be reported comes in parts of 65 to 99 percent of the threshold, over some days."""
    for _ in range(person.random.randrange(3, 7)):
        at += timedelta(hours=person.random.randrange(5, 30))
        person.move(10_000 * person.random.randrange(65, 100), Direction.IN, None, at)


def much_more_than_ever(person: Person, at: datetime) -> None:
    """Somebody else's hand withdraws three and a half to ten times what ever left the account."""
    amount_minor = max(person.largest() * person.random.randrange(35, 100) // 10, 60_000)
    person.move(amount_minor, Direction.OUT, None, at)


def pass_through(person: Person, at: datetime) -> None:
    """A mule's account: money comes in and leaves within hours, in one to three parts, but for a commission."""
    amount_minor = person.random.randrange(60_000, 600_000)
    parts = person.random.randrange(1, 4)
    person.move(amount_minor, Direction.IN, person.stranger(), at)
    for _ in range(parts):
        at += timedelta(minutes=person.random.randrange(10, 240))
        share = amount_minor * person.random.randrange(88, 97) // 100 // parts
        person.move(share, Direction.OUT, person.stranger(), at)


def wake_up(person: Person, at: datetime) -> None:
    """After 200 to 400 days without a movement, what is left goes to a stranger."""
    at += timedelta(days=person.random.randrange(200, 400))
    person.move(person.random.randrange(60_000, 300_000), Direction.OUT, person.stranger(), at)


def pay_a_stranger(person: Person, at: datetime) -> None:
    """A deceived holder pays a stranger one to two and a half times what ever left the account."""
    amount_minor = max(person.largest() * person.random.randrange(10, 25) // 10, 60_000)
    person.move(amount_minor, Direction.OUT, person.stranger(), at)


PLANTED: Final[dict[Rule, Callable[[Person, datetime], None]]] = {
    Rule.VELOCITY: burst,
    Rule.STRUCTURING: cut_in_parts,
    Rule.LARGE: much_more_than_ever,
    Rule.RAPID: pass_through,
    Rule.DORMANT: wake_up,
    Rule.NEW_PAYEE: pay_a_stranger,
}


def somebody(chance: random.Random, strangers: "count[int]") -> Person:
    """Somebody innocent, with 90 days behind them."""
    person = Person(chance, strangers, [], chance.sample(SHOPS, 15))
    (live,) = chance.choices([persona for persona, _weight in PERSONAS], [weight for _persona, weight in PERSONAS])
    live(person)
    person.movements.sort(key=lambda movement: movement.at_s)
    return person
