"""The page on which a payer decides."""

from bankcore.testing.provider_simulator.books import SimulatedCharge


def page_bytes(charge: SimulatedCharge) -> bytes:
    """What a payer sees."""
    buttons = (
        '<form method="post"><button name="decision" value="pay">Pay</button>'
        '<button name="decision" value="decline">Decline</button></form>'
    )
    state = buttons if charge.status == "open" else f"<p>This charge is {charge.status}.</p>"
    return f"<!doctype html><title>{charge.provider} (simulated)</title><h1>{charge.amount}</h1>{state}".encode()
