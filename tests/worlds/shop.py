"""A shop whose service keeps its books at the bank."""

from typing import Final

HOST: Final = "shop"
"""The role of its service, and the user of its connections."""
