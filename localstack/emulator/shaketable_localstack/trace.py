"""Names of an invocation: its X-Ray trace header, by which the fault hop knows whose call it sees, and its attempt number.

    Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=1

The root comes from the call that invoked the function and so is the same along a chain of functions; the parent is drawn
anew for each invocation, retries and duplicates included, and is our name for it.
"""

import os
import re
import threading
import time
from collections import OrderedDict

_ROOT = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_ATTEMPTS_MAX = 200_000


def now_ms() -> float:
    """CLOCK_MONOTONIC, the runner's own clock."""
    return time.monotonic() * 1000


def new_invocation16() -> str:
    return os.urandom(8).hex()


def trace_header(incoming: str | None, invocation16: str) -> str:
    found = _ROOT.search(incoming or "")
    root = found.group(1) if found else f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"
    return f"Root={root};Parent={invocation16};Sampled=1"


class Attempts:
    """Counts invocations by request id: automatic retries of an asynchronous invocation share theirs."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def next(self, request_id: str) -> int:
        with self._lock:
            count = self._counts.pop(request_id, 0) + 1
            self._counts[request_id] = count
            if len(self._counts) > _ATTEMPTS_MAX:
                self._counts.popitem(last=False)
            return count

    def take_back(self, request_id: str) -> None:
        """A throttled invocation was none."""
        with self._lock:
            if request_id in self._counts:
                self._counts[request_id] -= 1
