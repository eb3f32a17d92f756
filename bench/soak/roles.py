"""What works behind the API: the scheduler, which seals and relays, and workers, as `bankcore up` starts them."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bankcore_infra.cli.role_process import RoleProcess, role_environment
from bankcore_infra.settings import STARTER_VARIABLE, Role
from bench.world import BankPlace

_STOP_ORDER: Final = (Role.SCHEDULER, Role.WORKER)


class RoleEndedError(Exception):
    """A role that is to work all the time ended by itself; the message is its last words."""


class Background:
    """The running roles; one that ends is not started again here, since that is what is to be found out."""

    def __init__(self, roles: Sequence[RoleProcess]) -> None:
        """Of those processes."""
        self._roles = roles

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [role.pid for role in self._roles if role.pid is not None]

    def require_alive(self) -> None:
        """Nothing, if all of them run. Raises: RoleEndedError."""
        for role in self._roles:
            if role.has_died:
                raise RoleEndedError(f"the {role.role} ended: {role.last_words}")


@contextmanager
def background(place: BankPlace, *, workers: int) -> Iterator[Background]:
    """One scheduler and so many workers of that bank, until the end of the block; then they finish what they are at."""
    wanted = [Role.SCHEDULER, *[Role.WORKER] * workers]
    roles = [RoleProcess(role, _environment(place, role), place.data_dir / "log" / f"{role}.log") for role in wanted]
    try:
        for role in roles:
            role.start()
        yield Background(roles)
    finally:
        for name in _STOP_ORDER:
            stopped = [role for role in roles if role.role is name]
            for role in stopped:
                role.begin_stop()
            for role in stopped:
                role.finish_stop()


def _environment(place: BankPlace, role: Role) -> dict[str, str]:
    changes = {
        "BANKCORE_DATABASE_URL": place.app_url,
        # As in `bankcore up`, no role may seal but the scheduler.
        "BANKCORE_SEALER_DATABASE_URL": place.sealer_url if role is Role.SCHEDULER else "",
        "BANKCORE_DATA_DIR": str(place.data_dir),
        STARTER_VARIABLE: str(os.getpid()),
    }
    return dict(role_environment(changes))
