"""A provider that tells of no disputes knows nothing of any."""

from bankcore.providers.answers import Unknown
from bankcore_infra.providers.wire import WireAnswer
from tests.contract.provider_records import ScriptedTransport, provider_over


def test_a_provider_that_tells_of_no_disputes_is_not_asked() -> None:
    transport = ScriptedTransport(WireAnswer(200, b"{}"))

    assert isinstance(provider_over("khalti", transport).get_dispute_status("dp_1"), Unknown)
    assert transport.sent == []
