"""Where reports go: a protocol, and what can go wrong."""

from __future__ import annotations

from typing import Protocol

from mammoscope.interop.package import Package
from mammoscope.types import MammoscopeError


class UnreachableError(MammoscopeError):
    """The destination does not answer, or has no room: the same again later may do."""


class RefusedError(MammoscopeError):
    """The destination answers, and will not have this report."""


class Destination(Protocol):
    """Takes packages. Used by one thread."""

    def deliver(self, package: Package) -> None:
        """Returns once all of the package is there; some of it may be there already.

        Raises:
            UnreachableError: nobody takes it now.
            RefusedError: it is not taken.
        """
        ...

    def close(self) -> None:
        """Ends what connections there are."""
        ...
