"""A sealed log in memory: a real Merkle tree, whose checkpoints nobody has signed."""

from collections.abc import Sequence

from bankcore.audit.merkle import Frontier, Subtree, inclusion_spans, leaf_hash, proof
from bankcore.audit.ports import InclusionProof, SealedLog, SealedState
from bankcore.clock import Clock
from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId


class InMemorySealedLog(SealedLog):
    """The records that a test has added, and a checkpoint for each time that it sealed them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leaves: dict[EventId, bytes] = {}
        self._checkpoints: list[SealedState] = []

    def add(self, event_id: EventId, body: bytes) -> None:
        """Add the record as the next leaf, which no checkpoint covers yet."""
        self._leaves[event_id] = leaf_hash(body)

    def seal(self) -> SealedState:
        """A checkpoint over everything that was added so far."""
        frontier = Frontier()
        for leaf in self._leaves.values():
            frontier.append(leaf)
        size = len(self._leaves)
        state = SealedState(size=size, root=frontier.root, era=1, at=self._clock.now(), note=f"unsigned\n{size}\n")
        self._checkpoints.append(state)
        return state

    def list_checkpoints(self, *, before_size: int | None = None, limit: int) -> Sequence[SealedState]:
        found = [state for state in self._checkpoints if before_size is None or state.size < before_size]
        return found[::-1][:limit]

    def get_latest_checkpoint(self) -> SealedState:
        if not self._checkpoints:
            raise NotFoundError(resource="checkpoint", identifier="latest")
        return self._checkpoints[-1]

    def prove_inclusion(self, event_id: EventId) -> InclusionProof:
        index = list(self._leaves).index(event_id) if event_id in self._leaves else None
        size = self._checkpoints[-1].size if self._checkpoints else 0
        if index is None or index >= size:
            raise NotFoundError(resource="audit_event", identifier=str(event_id))
        return InclusionProof(
            event_id=event_id,
            leaf_index=index,
            leaf_hash=self._leaves[event_id],
            path=proof(inclusion_spans(index, size), self._hash_of),
            checkpoint=self._checkpoints[-1],
        )

    def _hash_of(self, subtree: Subtree) -> bytes:
        frontier = Frontier()
        for leaf in list(self._leaves.values())[subtree.place << subtree.level : subtree.last_leaf + 1]:
            frontier.append(leaf)
        return frontier.root
