"""Books that outlive the simulator: each change is a line of a file, and the last line about something holds."""

import json
from collections.abc import Mapping
from pathlib import Path

from bankcore.money import Currency, Money
from bankcore.testing.provider_simulator.books import SimulatedBooks, SimulatedCharge, SimulatedDispute, SimulatedRefund
from bankcore.testing.provider_simulator.payouts import SimulatedPayee, SimulatedPayout


class Journal:
    """A file of changes. A line that a dying simulator did not finish is of a change that it told nobody."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def read(self, books: Mapping[str, SimulatedBooks]) -> None:
        """Bring the books of all providers to where they were."""
        if self._path is None or not self._path.exists():
            return
        text = self._path.read_text(encoding="utf-8")
        whole, _newline, _rest = text.rpartition("\n")
        for line in whole.splitlines():
            said: dict[str, str] = json.loads(line)
            if "bank" in said:
                _read_payout(books[said["provider"]], said)
            elif "due_by" in said:
                _read_dispute(books[said["provider"]], said)
            elif "charge" in said:
                _read_refund(books[said["provider"]], said)
            else:
                _read_charge(books[said["provider"]], said)
        self._path.write_text(f"{whole}\n" if whole else "", encoding="utf-8")

    def write(self, about: SimulatedCharge | SimulatedRefund | SimulatedPayout | SimulatedDispute) -> None:
        """Keep how it stands, before anybody is told."""
        if self._path is None:
            return
        said = {
            "number": str(about.number),
            "reference": about.reference,
            "minor": str(about.amount.minor),
            "currency": about.amount.currency.code,
            "status": about.status,
        }
        if isinstance(about, SimulatedRefund):
            said |= {"provider": about.charge.provider, "charge": about.charge.reference, "reason": about.reason}
        elif isinstance(about, SimulatedDispute):
            said |= {"provider": about.charge.provider, "charge": about.charge.reference, "reason": about.reason}
            said |= {"due_by": str(about.due_by)}
        elif isinstance(about, SimulatedPayout):
            said |= {"provider": about.provider, "bank": about.payee.bank_code, "webhooks_to": about.webhooks_to}
        else:
            said |= {
                "provider": about.provider,
                "return_url": about.return_url,
                "payer": about.payer,
                "method": about.method,
                "webhooks_to": about.webhooks_to,
                "manual": "yes" if about.is_manual else "",
            }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")


def _read_charge(books: SimulatedBooks, said: Mapping[str, str]) -> None:
    known = books.charges.get(said["reference"])
    if known is not None:
        # Its refunds are of this one.
        known.pay_as(_amount(said))
        known.status = said["status"]
        return
    charge = SimulatedCharge(
        provider=said["provider"],
        number=int(said["number"]),
        reference=said["reference"],
        amount=_amount(said),
        return_url=said["return_url"],
        payer=said["payer"],
        method=said["method"],
        status=said["status"],
        webhooks_to=said.get("webhooks_to", ""),
        is_manual=bool(said.get("manual")),
    )
    books.add(charge)


def _read_refund(books: SimulatedBooks, said: Mapping[str, str]) -> None:
    refund = books.find_refund(said["number"])
    if refund is None:
        refund = SimulatedRefund(
            number=int(said["number"]),
            reference=said["reference"],
            charge=books.charges[said["charge"]],
            amount=_amount(said),
            reason=said["reason"],
        )
        books.refunds.append(refund)
    refund.status = said["status"]


def _read_dispute(books: SimulatedBooks, said: Mapping[str, str]) -> None:
    dispute = books.find_dispute(said["number"])
    if dispute is None:
        dispute = SimulatedDispute(
            number=int(said["number"]),
            charge=books.charges[said["charge"]],
            amount=_amount(said),
            reason=said["reason"],
            due_by=int(said["due_by"]),
        )
        books.disputes.append(dispute)
    dispute.status = said["status"]


def _read_payout(books: SimulatedBooks, said: Mapping[str, str]) -> None:
    # Whose account it went to is kept on no disk.
    books.payouts[said["reference"]] = SimulatedPayout(
        provider=said["provider"],
        number=int(said["number"]),
        reference=said["reference"],
        amount=_amount(said),
        payee=SimulatedPayee(said["bank"], "", ""),
        status=said["status"],
        webhooks_to=said.get("webhooks_to", ""),
    )


def _amount(said: Mapping[str, str]) -> Money:
    return Money(int(said["minor"]), Currency.of(said["currency"]))
