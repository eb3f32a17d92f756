"""The workers of a bank, moved by hand."""

from tests.integration.work.conftest import workers

__all__ = ["workers"]
