"""What notifications say, and what cannot be smuggled into them."""

import pytest

from bankcore.errors import LedgerInvariantError
from bankcore.notifications.templates import FACT_LENGTH_MAX, TemplateName, fields_of, render, require_facts

RECEIVED = {"amount": "250.50 NPR", "account": "...0038", "at": "2026-01-31 12:00:00 UTC", "transaction": "t-1"}


@pytest.mark.parametrize("template", TemplateName)
def test_every_template_has_a_subject_of_one_line_and_puts_each_fact_into_the_text(template: TemplateName) -> None:
    facts = {name: f"<{name}>" for name in fields_of(template)}

    text = render(template, facts)

    assert "\n" not in text.subject
    assert all(f"<{name}>" in text.subject + text.body for name in facts)
    assert max(len(line) for line in text.body.splitlines()) <= 78
    assert "{" not in text.subject + text.body


def test_a_text_names_amount_account_time_and_transaction() -> None:
    text = render(TemplateName.MONEY_RECEIVED, RECEIVED)

    assert text.subject == "You received 250.50 NPR"
    assert text.body.startswith("250.50 NPR arrived on your account ...0038\non 2026-01-31 12:00:00 UTC.\n")


def test_a_fact_is_never_taken_for_a_format() -> None:
    text = render(TemplateName.MONEY_RECEIVED, RECEIVED | {"account": "{amount.__class__} {0} %s {"})

    assert "{amount.__class__} {0} %s {" in text.body


@pytest.mark.parametrize("fact", ["a\r\nBcc: x@example.com", "a\nb", "a\x00b", "a\u2028b", "a\x85b"])
def test_a_fact_stays_on_its_line(fact: str) -> None:
    text = render(TemplateName.MONEY_RECEIVED, RECEIVED | {"amount": fact})

    assert len(text.subject.splitlines()) == 1
    assert text.subject.isprintable()


def test_a_fact_is_cut_where_it_gets_too_long() -> None:
    text = render(TemplateName.MONEY_RECEIVED, RECEIVED | {"amount": "9" * 10_000})
    whole = render(TemplateName.MONEY_RECEIVED, RECEIVED | {"amount": "9" * FACT_LENGTH_MAX})

    assert len(text.subject) == len(whole.subject)
    assert text.subject.endswith("9…")
    assert whole.subject.endswith("99")


@pytest.mark.parametrize("facts", [{}, RECEIVED | {"name": "Sita"}, {"amount": "1.00 NPR"}])
def test_only_the_facts_of_the_template_are_taken(facts: dict[str, str]) -> None:
    with pytest.raises(LedgerInvariantError, match="the facts of money_received"):
        require_facts(TemplateName.MONEY_RECEIVED, facts)
