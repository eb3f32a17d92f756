"""What is stored is what is seen."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore import Currency, Money, Transfer
from bankcore.errors import InvalidRequestError
from bankcore.fraud.cases import FraudCaseId, Verdict
from bankcore.fraud.review import DecideCase
from bankcore.identifiers import AccountId
from bankcore.identity.users import require_full_name
from bankcore.ledger.commands import FreezeAccount, OpenAccount
from bankcore.ledger.transactions import Source
from bankcore.testing import SequentialIdentifiers
from bankcore.texts import find_unseen, require_text

SEEN = (
    "Rent for January",
    "\u0928\u0947\u092a\u093e\u0932 \u092d\u093e\u0921\u093e \u2013 \u00e9",
    "\u0930\u094d\u200d\u092f\u093e\u0932",  # Nepali: a virama with a joiner after it
    "\u09b0\u200d\u09cd\u09af\u09be\u09ac",  # Bengali: a joiner before the virama
    "\u0d15\u0d4d\u200d",  # Malayalam: a joiner at the end
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: letters that must not join
    "\u05e9\u05dc\u05d5\u05dd",
    "\u65e5\u672c\u3000\u8a9e",
    "10\u00a0000",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
    "\U0001f3f3\ufe0f\u200d\U0001f308",  # a flag
    "\U0001f469\U0001f3fd\u200d\U0001f4bb \u2764\ufe0f",
    "\U0001fae8",  # younger than the tables of the oldest Python
    "e\u0301",
    "1\ufe0f\u20e3 #\ufe0e\u20e3",  # keys of a telephone
    "\u00a9\ufe0f \u2122\ufe0e \u203c\ufe0f \u2139\ufe0f \u2194\ufe0f \u3030\ufe0f",
    "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468",
    "\u0645\u064e\u200c\u064e\u062e",  # Arabic: a joiner among the marks of two letters
)
UNSEEN = (
    "a\u200bb",
    "\u200d",
    "a\u200d",
    "pay\u200dpal",
    "pay\u200cpal",
    "\u200c\u0645",
    "\u0645\u200c",
    "\u3164",
    "a\u115fb",
    "\u2800",
    "co\u00adop",
    "\ufeffa",
    "a\u202eb",
    "a\u2060b",
    "a\u034fb",
    "\u180e",
    "\U0001d173",
    "\U000e0041a",
    "\ufe0f",
    "a \ufe0f",
    "\ue000",
    "\ufdd0",
    "\uffff",
    "a\x00b",
    "a\x7fb",
    "a\x85b",
    "a\nb",
    "\u2028",
    "\ud800",
    "Rent\ufe0f",
    "Re\ufe0ent",
    "\u2764\ufe0f\ufe0e",  # selectors in a row can carry a message
    "1\ufe0f",
    "a\ufe0f\u20e3",
    "a\u2065b",
    "a\ufff1",
    "a\U000e0080",
    "a\U000e0fff",
    "a^\u200d^b",
    "\u00ae\u200da",
    "\u00b0\u200d\u00b0",
    "\u00ae\u200d\u2122",
    "\u2764\u200d\ufe0f",
    "x\u0301\u200c\u0301",
    "\u0301\u200c\u0645",
    "\U0001d159",
    "\U00016fe4",
)
ACCOUNT = AccountId(SequentialIdentifiers().new_id())
OTHER = AccountId(SequentialIdentifiers().new_id())
ONE = Money.of("1.00", "NPR")


@pytest.mark.parametrize("text", SEEN)
def test_what_people_write_in_any_script_is_taken_as_it_is(text: str) -> None:
    require_text(text, "/reference", length_max=140)


@pytest.mark.parametrize("text", UNSEEN)
def test_what_nobody_can_see_is_refused_by_its_code_point(text: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"U\+[0-9A-F]{4,6} .* cannot be seen") as refused:
        require_text(text, "/reference", length_max=140)

    assert refused.value.pointer == "/reference"


@pytest.mark.parametrize("text", [" ", "\u00a0", "\u3000 \u2003"])
def test_what_is_only_space_is_blank(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="it is blank"):
        require_text(text, "/name", length_max=140)


@pytest.mark.parametrize("text", ["", "x" * 141, None, 7])
def test_the_length_is_said(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="a text of 1 to 140 characters"):
        require_text(text, "/name", length_max=140)


def test_a_text_of_many_lines_may_have_line_ends_and_nothing_else_unseen() -> None:
    assert find_unseen("one\r\n\ttwo", is_multiline=True) is None
    assert find_unseen("one\r\n\u200btwo", is_multiline=True) is not None


@given(st.text(max_size=40))
def test_no_text_is_too_strange_to_be_judged(text: str) -> None:
    problem = find_unseen(text)

    if problem is None:
        assert text.encode().decode() == text
    else:
        assert problem.endswith("cannot be seen")


@pytest.mark.parametrize("hidden", ["a\u200bb", "\u3164"])
def test_every_text_of_a_caller_is_held_to_it(hidden: str) -> None:
    attempts: dict[str, Callable[[], object]] = {
        "/reference": lambda: Transfer(ACCOUNT, OTHER, ONE, reference=hidden),
        "/metadata": lambda: Transfer(ACCOUNT, OTHER, ONE, metadata={hidden: "x"}),
        "/metadata/a~1b": lambda: Transfer(ACCOUNT, OTHER, ONE, metadata={"a/b": hidden}),
        "/sourceType": lambda: Transfer(ACCOUNT, OTHER, ONE, source=Source(hidden, "x")),
        "/sourceId": lambda: Transfer(ACCOUNT, OTHER, ONE, source=Source("x", hidden)),
        "/ownerId": lambda: OpenAccount(owner_id=hidden, currency=Currency.of("NPR")),
        "/name": lambda: OpenAccount(owner_id="x", currency=Currency.of("NPR"), name=hidden),
        "/reason": lambda: FreezeAccount(ACCOUNT, reason=hidden),
        "/note": lambda: DecideCase(case_id=FraudCaseId(ACCOUNT), verdict=Verdict.CLEARED, note=hidden),
        "/fullName": lambda: require_full_name(hidden),
    }

    for pointer, attempt in attempts.items():
        with pytest.raises(InvalidRequestError) as refused:
            attempt()
        assert refused.value.pointer == pointer
