"""The port to what draws QR codes."""

from abc import abstractmethod
from typing import Protocol


class CodePictures(Protocol):
    """Draws addresses for the camera of a device."""

    @abstractmethod
    def draw(self, address: str) -> str:
        """The address as a QR code, an SVG that stands alone."""
