"""What can go wrong with the servers that bankcore brings along."""

from bankcore.errors import SetupError


class EmbeddedServersError(SetupError, RuntimeError):
    """The embedded servers cannot be used as things stand; the message is one line, meant for the operator."""


class DataDirInUseError(EmbeddedServersError):
    """Another live process holds the data folder."""
