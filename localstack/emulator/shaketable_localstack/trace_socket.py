"""The executor's line to the runner: NDJSON over one Unix socket, both ways. The runner decides on each invocation before
it begins (`ask`) and may kill one in the middle; results, log lines and processes are told. A runner that is gone, or that
does not answer in time, must not hold up the emulator: then invocations go on without faults.
"""

import json
import logging
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError

LOG = logging.getLogger(__name__)
_ANSWER_TIMEOUT_S = 10


class TraceSocket:
    def __init__(self, path: str | None, on_kill: Callable[[str], None]) -> None:
        self._on_kill = on_kill
        self._lock = threading.Lock()
        self._waiting: dict[int, Future] = {}
        self._last_id = 0
        self._socket: socket.socket | None = None
        if not path:
            return
        try:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(path)
        except OSError as error:
            LOG.error("no trace of functions: %s: %s", path, error)
            self._socket = None
            return
        threading.Thread(target=self._read, name="shaketable-trace", daemon=True).start()

    def tell(self, message: dict) -> None:
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        with self._lock:
            if self._socket is None:
                return
            try:
                self._socket.sendall(line)
            except OSError:
                self._socket = None

    def ask(self, message: dict) -> dict:
        """What the runner wants done to an invocation; empty: nothing."""
        if self._socket is None:
            return {}
        answer: Future = Future()
        with self._lock:
            self._last_id += 1
            number = self._last_id
            self._waiting[number] = answer
        self.tell({**message, "id": number})
        try:
            return answer.result(timeout=_ANSWER_TIMEOUT_S)
        except TimeoutError:
            LOG.error("the runner did not answer within %d s", _ANSWER_TIMEOUT_S)
            return {}
        finally:
            self._waiting.pop(number, None)

    def _read(self) -> None:
        stream = self._socket
        try:
            for line in stream.makefile("r", encoding="utf-8"):
                self._hear(json.loads(line))
        except (OSError, ValueError) as error:
            LOG.error("the trace ended: %s", error)
        self._socket = None
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_result({})

    def _hear(self, message: dict) -> None:
        if "kill" in message:
            self._on_kill(message["kill"])
            return
        answer = self._waiting.get(message.get("id"))
        if answer is not None and not answer.done():
            answer.set_result(message.get("action") or {})


def trace_socket_path() -> str | None:
    return os.environ.get("SHAKETABLE_TRACE_SOCKET")
