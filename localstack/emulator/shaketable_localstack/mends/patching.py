"""Replaces functions of LocalStack, but only those that we have read: each patch names the fingerprint of the source that it
was written for. After an update of LocalStack the emulator does not start until somebody has looked again.
"""

import hashlib
import inspect
from collections.abc import Callable
from typing import Any


class VersionDrift(Exception):
    """A function that a mend patches is not the one that the mend was written for."""


def fingerprint(function: Any) -> str:
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:12]


def expect(owner: Any, name: str, expected: str) -> Any:
    """The attribute as it is, if its source is the expected one. It may have been replaced by another mend already."""
    found = getattr(owner, name, None)
    if found is None:
        raise VersionDrift(f"{_path(owner, name)} does not exist; these mends are for LocalStack 4.8.1")
    original = getattr(found, "shaketable_original", found)
    actual = fingerprint(original)
    if actual != expected:
        raise VersionDrift(
            f"{_path(owner, name)} has fingerprint {actual}, {expected} expected: LocalStack is not 4.8.1, or was changed; "
            "read the function again and renew the mend"
        )
    return found


def replace(owner: Any, name: str, expected: str, make: Callable[[Callable], Callable]) -> None:
    """`make` gets the function as it is now and returns the one to be used instead."""
    found = expect(owner, name, expected)
    # A class method is bound when it is looked up, and so is what replaces it.
    is_static = inspect.ismethod(found) or isinstance(inspect.getattr_static(owner, name), staticmethod)
    replacement = make(found)
    replacement.shaketable_original = getattr(found, "shaketable_original", found)
    setattr(owner, name, staticmethod(replacement) if is_static else replacement)


def _path(owner: Any, name: str) -> str:
    return f"{getattr(owner, '__module__', '')}.{getattr(owner, '__qualname__', owner.__name__)}.{name}".strip(".")
