"""The output of a function: each line goes to the runner as it comes, and the lines of one invocation become its log with
the START, END and REPORT lines that AWS adds. Levels are read from the formats of AWS's own runtimes.
"""

import re
import threading
from collections.abc import Callable

from shaketable_localstack.failures import Failure
from shaketable_localstack.trace import now_ms

_LINES_MAX = 2_000
_TELLING = re.compile(r"^\[(\w+)\]\t|^[^\t]*\t[^\t]*\t(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\t")
_LEVELS = {"WARN": "warning", "CRITICAL": "fatal"}


def level_of(line: str) -> str:
    found = _TELLING.search(line)
    name = (found.group(1) or found.group(2)).upper() if found else "INFO"
    return _LEVELS.get(name, name.lower())


class FunctionLog:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._function = ""
        self._request_id = ""
        self._tell: Callable[[dict], None] = lambda message: None

    def begin(self, function: str, request_id: str, tell: Callable[[dict], None]) -> None:
        with self._lock:
            self._function, self._request_id, self._tell = function, request_id, tell
            self._lines = [f"START RequestId: {request_id} Version: $LATEST"]

    def line(self, line: str) -> None:
        with self._lock:
            if len(self._lines) < _LINES_MAX:
                self._lines.append(line)
        self._tell(
            {
                "type": "log",
                "function": self._function,
                "requestId": self._request_id,
                "level": level_of(line),
                "line": line,
                "atMs": now_ms(),
            }
        )

    def end(self, request_id: str, duration_ms: float, failure: Failure | None) -> str:
        with self._lock:
            if failure is not None and failure.said is None:
                self._lines.append(f"RequestId: {request_id} Error: {failure.message}")
            self._lines.append(f"END RequestId: {request_id}")
            self._lines.append(f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms")
        return self.text()

    def text(self) -> str:
        with self._lock:
            return "\n".join(self._lines) + "\n"
