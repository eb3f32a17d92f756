from bankcore_infra.audit.recording.attempt_quota import AttemptQuota


def test_a_burst_is_recorded_and_what_follows_at_its_pace() -> None:
    quota = AttemptQuota(burst=3, per_second=0.5)

    assert [quota.take("sita", 0.0) for _ in range(5)] == [0, 0, 0, None, None]
    assert quota.take("ram", 0.0) == 0
    assert quota.take("sita", 1.0) is None
    assert quota.take("sita", 2.0) == 3
    assert quota.take("sita", 2.0) is None
    assert [quota.take("sita", 1_000.0) for _ in range(4)] == [1, 0, 0, None]
