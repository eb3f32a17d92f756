"""What the payer has to do, as a document of JSON."""

from collections.abc import Mapping
from typing import Any

from bankcore.providers.answers import NextAction, RedirectPayer, SubmitForm, TransferToAccount


def encode_next_action(action: NextAction | None) -> dict[str, object] | None:
    """The action as a document."""
    match action:
        case None:
            return None
        case RedirectPayer():
            return {"type": "redirect", "url": action.url}
        case SubmitForm():
            return {"type": "form", "url": action.url, "fields": [list(field) for field in action.fields]}
        case TransferToAccount():
            return {
                "type": "transfer",
                "bank": action.bank,
                "number": action.account_number,
                "name": action.account_name,
            }


def decode_next_action(document: Mapping[str, Any] | None) -> NextAction | None:
    """The action in the document."""
    if document is None:
        return None
    if document["type"] == "redirect":
        return RedirectPayer(document["url"])
    if document["type"] == "form":
        return SubmitForm(document["url"], tuple((name, value) for name, value in document["fields"]))
    return TransferToAccount(bank=document["bank"], account_number=document["number"], account_name=document["name"])
