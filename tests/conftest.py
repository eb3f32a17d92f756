"""Worlds on a real PostgreSQL. A server that cannot start fails the test; nothing is skipped."""

import gc
import os
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack

import pytest
from coverage import Coverage

from bankcore_infra.db.engine import Database
from tests.sizes import NIGHTLY
from tests.worlds.program import import_commands
from tests.worlds.sql_bank import APP, ScratchCluster, ScratchDatabase, SqlBank, sql_bank


def pytest_configure() -> None:
    """Let the programs that tests start keep what they compile: compiling the bank is a fifth of each start. And let
    them be told by Ctrl-C, which a shell makes whatever it runs in the background ignore, and each child of it.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage neither while tests are found nor, later, among what was made for them: it stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        # What imports left open is told now.
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the server, whichever fixture it is asked for through, and give a night the time it needs."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)
        if NIGHTLY and item.get_closest_marker("security"):
            item.add_marker(pytest.mark.timeout(0), append=False)


@pytest.fixture(scope="module")
def unmeasured() -> Iterator[None]:
    """Neither the tests nor the programs that they start are measured for coverage, which is up to half of their time:
    for tests that try again, in numbers or as a whole, what others have measured already.
    """
    # Else what a command imports here would not be measured later either.
    import_commands()
    with ExitStack() as afterwards:
        patch = afterwards.enter_context(pytest.MonkeyPatch.context())
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        # A process that runs tests beside others is measured more than once: who stops one wakes the one before it.
        while measuring := Coverage.current():
            measuring.stop()
            afterwards.callback(measuring.start)
            # A child that a test forks would look at all that was measured before, and store it once more.
            patch.setattr(measuring, "save", lambda: None)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[ScratchCluster]:
    """The server of this process; each process that runs tests has its own, which is up in two seconds."""
    with ScratchCluster.running(version=int(os.environ.get("BANKCORE_TEST_POSTGRES", "18"))) as running:
        yield running


@pytest.fixture
def scratch(cluster: ScratchCluster) -> Iterator[ScratchDatabase]:
    """A migrated database without tenants, for this test alone."""
    with cluster.database() as clone:
        yield clone


@pytest.fixture
def database_url(scratch: ScratchDatabase) -> Callable[[str], str]:
    """The address of this test's database for a role."""
    return scratch.url


@pytest.fixture
def database(scratch: ScratchDatabase) -> Iterator[Database]:
    """This test's database as the application uses it."""
    opened = Database(scratch.url(APP))
    yield opened
    opened.close()


@pytest.fixture
def bank(scratch: ScratchDatabase, database: Database) -> SqlBank:
    """A tenant without accounts."""
    return sql_bank(scratch, database)


@pytest.fixture
def other_bank(scratch: ScratchDatabase, database: Database) -> SqlBank:
    """Another tenant of the same database."""
    return sql_bank(scratch, database, "other")
