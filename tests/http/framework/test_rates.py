"""A caller, and the strangers at an address, have so many requests in a minute; nobody uses up what is another's."""

from concurrent.futures import ThreadPoolExecutor

from bankcore_http.answering.rates import RateLimit


class Shared:
    """What several processes share, without a server."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.asked = 0
        self.is_away = False

    def add(self, name: str, amount: int, _lifetime_s: int) -> tuple[int, float] | None:
        """Count as Valkey would."""
        self.asked += 1
        if self.is_away:
            return None
        self.counts[name] = self.counts.get(name, 0) + amount
        return self.counts[name], 30.0


def taken(limit: RateLimit, subject: str, tries: int) -> int:
    """How many of the tries are let through."""
    return sum(limit.take(subject).wait_s == 0 for _ in range(tries))


def test_a_subject_has_its_quota_and_another_has_its_own() -> None:
    limit = RateLimit("caller", 250)

    assert [taken(limit, "a", 300), taken(limit, "b", 100)] == [250, 100]


def test_processes_share_a_quota_and_ask_for_a_hundredth_at_a_time() -> None:
    shared = Shared()
    first, second = (RateLimit("caller", 1_000, shared.add) for _ in range(2))

    assert taken(first, "a", 600) + taken(second, "a", 600) == 1_000
    assert shared.asked <= 102


def test_who_is_refused_costs_the_store_nothing() -> None:
    shared = Shared()
    limit = RateLimit("caller", 1, shared.add)
    taken(limit, "a", 1)

    assert (taken(limit, "a", 1_000), shared.asked) == (0, 1)


def test_a_process_counts_alone_while_the_store_is_away() -> None:
    shared = Shared()
    shared.is_away = True

    assert taken(RateLimit("caller", 100, shared.add), "a", 150) == 100


def test_the_store_that_goes_away_leaves_what_is_left() -> None:
    shared = Shared()
    limit = RateLimit("caller", 100, shared.add)
    before = taken(limit, "a", 40)
    shared.is_away = True

    assert before + taken(limit, "a", 100) == 100


def test_after_its_window_a_subject_has_its_quota_again() -> None:
    now = [0.0]
    limit = RateLimit("caller", 10, monotonic_s=lambda: now[0])
    taken(limit, "a", 10)

    now[0] = 59.5
    refused = limit.take("a")
    now[0] = 60.0

    assert refused.wait_s == 1
    assert dict(refused.headers)["RateLimit"] == '"caller";r=0;t=1'
    assert taken(limit, "a", 20) == 10


def test_threads_at_once_take_no_more_than_the_quota() -> None:
    limit = RateLimit("caller", 500, Shared().add)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: taken(limit, "a", 100), range(8))) == 500


def test_so_many_subjects_are_remembered_and_who_was_forgotten_is_asked_for_again() -> None:
    shared = Shared()
    limit = RateLimit("address", 1, shared.add)
    taken(limit, "first", 1)
    for number in range(10_000):
        limit.take(str(number))

    assert taken(limit, "first", 5) == 0
