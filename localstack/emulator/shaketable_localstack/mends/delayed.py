"""Runs things after a delay in milliseconds, from one thread. LocalStack's own queue knows whole seconds only, and looks at
them once a second.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

LOG = logging.getLogger(__name__)
_order = itertools.count()
_due: list[tuple[float, int, Callable[[], None]]] = []
_changed = threading.Condition()
_started = False


def later(delay_ms: float, action: Callable[[], None]) -> None:
    global _started
    with _changed:
        if not _started:
            _started = True
            threading.Thread(target=_run, name="shaketable-delayed", daemon=True).start()
        heapq.heappush(_due, (time.monotonic() + delay_ms / 1000, next(_order), action))
        _changed.notify()


def _run() -> None:
    while True:
        with _changed:
            while not _due or _due[0][0] > time.monotonic():
                _changed.wait(_due[0][0] - time.monotonic() if _due else None)
            action = heapq.heappop(_due)[2]
        try:
            action()
        except Exception:
            LOG.exception("a delayed action failed")
