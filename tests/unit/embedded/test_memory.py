"""How much memory the embedded PostgreSQL is given."""

from pathlib import Path

import pytest

from bankcore_infra.embedded.memory import available_memory, shared_buffers

GIB = 2**30


@pytest.mark.parametrize(
    ("memory", "setting"),
    [(GIB // 2, "128MB"), (GIB, "128MB"), (4 * GIB, "512MB"), (8 * GIB, "1024MB"), (512 * GIB, "1024MB")],
)
def test_an_eighth_within_bounds(memory: int, setting: str) -> None:
    assert shared_buffers(memory) == setting


def test_a_container_may_use_less_than_the_machine_has(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("1000000\n", encoding="ascii")

    assert available_memory(limit) == 1_000_000


@pytest.mark.parametrize("content", ["max\n", None])
def test_without_a_limit_it_is_the_machine_s(tmp_path: Path, content: str | None) -> None:
    limit = tmp_path / "memory.max"
    if content is not None:
        limit.write_text(content, encoding="ascii")

    assert available_memory(limit) > 100_000_000
