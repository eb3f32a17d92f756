"""The texts of notifications: one plain text for each template, into which only our own facts are put."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from string import Formatter
from typing import Final

from bankcore.errors import LedgerInvariantError

FACT_LENGTH_MAX: Final = 200

_FOOTER: Final = """
Was this not you, or is something wrong? Contact us at once.
We never ask for a password, a code or a payment by e-mail.
"""


class TemplateName(StrEnum):
    """What a notification is about; users choose channels for each."""

    MONEY_RECEIVED = "money_received"
    MONEY_SENT = "money_sent"
    MONEY_MOVED = "money_moved"
    ACCOUNT_OPENED = "account_opened"
    WELCOME = "welcome"
    ACCOUNT_FROZEN = "account_frozen"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a text


@dataclass(frozen=True, slots=True)
class Text:
    """A subject of one line, and a body."""

    subject: str
    body: str


_TEXTS: Final[Mapping[TemplateName, Text]] = {
    TemplateName.MONEY_RECEIVED: Text(
        "You received {amount}",
        "{amount} arrived on your account {account}\non {at}.\n\nTransaction: {transaction}\n",
    ),
    TemplateName.MONEY_SENT: Text(
        "{amount} left your account",
        "{amount} left your account {account}\non {at}.\n\nTransaction: {transaction}\n",
    ),
    TemplateName.MONEY_MOVED: Text(
        "{amount} moved between your accounts",
        "{amount} moved from your account {from_account}\nto your account {to_account}\non {at}.\n\n"
        "Transaction: {transaction}\n",
    ),
    TemplateName.ACCOUNT_OPENED: Text(
        "Your new account in {currency}",
        "Your account {account} in {currency} was opened\non {at}.\n",
    ),
    TemplateName.WELCOME: Text(
        "Welcome",
        "Welcome. Your registration of {at} is complete, and you can log in\nwith this e-mail address.\n",
    ),
    TemplateName.PASSWORD_RESET: Text(
        "Choose another password",
        "Somebody asked on {at}\nfor another password for your account. With this you can choose one,\n"
        "once and within 30 minutes:\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.\n",
    ),
    # The text gives no reason: while a suspicion is examined, the law forbids to warn the holder.
    TemplateName.ACCOUNT_FROZEN: Text(
        "Your account is frozen",
        "Your account {account} is frozen since {at}.\nUntil we lift this, no money can enter or leave it.\n",
    ),
}


@cache
def fields_of(template: TemplateName) -> frozenset[str]:
    """The names of the facts that the template needs, exactly."""
    text = _TEXTS[template]
    parsed = [*Formatter().parse(text.subject), *Formatter().parse(text.body)]
    return frozenset(name for _literal, name, _spec, _conversion in parsed if name is not None)


def require_facts(template: TemplateName, facts: Mapping[str, str]) -> None:
    """Require that these are the facts of that template; LedgerInvariantError if one is missing or too many."""
    if fields_of(template) != facts.keys():
        raise LedgerInvariantError(f"the facts of {template} are {sorted(fields_of(template))}, not {sorted(facts)}")


def render(template: TemplateName, facts: Mapping[str, str]) -> Text:
    """The text with the facts in it.

    The format is always ours. A fact is put in as it is: it is not formatted again, stays on its line, and is cut at
    200 characters.
    """
    require_facts(template, facts)
    shown = {name: _one_line(fact) for name, fact in facts.items()}
    text = _TEXTS[template]
    return Text(text.subject.format_map(shown), text.body.format_map(shown) + _FOOTER)


def _one_line(fact: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in fact[: FACT_LENGTH_MAX + 1])
    return printable if len(printable) <= FACT_LENGTH_MAX else printable[: FACT_LENGTH_MAX - 1] + "…"
