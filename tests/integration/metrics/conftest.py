"""The desk at which work leaves a bank."""

from tests.integration.work.conftest import desk

__all__ = ["desk"]
