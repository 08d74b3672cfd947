"""A process that runs one function, one event at a time. Events and results go over a socket pair of their own, so stdout
and stderr belong to the function and are its log. Between two events the process is frozen, as on AWS: work that a
handler did not wait for does not go on.

    executor ──► {"requestId", "arn", "trace", "deadlineMs", "payload"}   a line of JSON each
             ◄── {"ready"} | {"initError"} | {"result"} | {"error", "fatal"?}
"""

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from shaketable_localstack.spawner import spawn

# How often memory is looked at.
_LOOK_MS = 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# A line of output longer than this is cut into pieces.
_LINE_BYTES_MAX = 64 * 1024
REPLY_BYTES_MAX = 6_291_556


@dataclass(frozen=True)
class Reply:
    """What the process said, or how it ended: `reply`, `timeout`, `memory`, `too-large`, `ended`."""

    kind: str
    message: dict
    # Of `ended`: `exit status 1`, `signal: killed`.
    how: str = ""


class FunctionProcess:
    def __init__(self, command: list[str], env: dict[str, str], cwd: str, memory_mb: int, on_line: Callable[[str], None]):
        self._memory_bytes_max = memory_mb * 1024 * 1024
        self._on_line = on_line
        self._unread_output = b""
        self._unread_reply = bytearray()
        self._channel, theirs = socket.socketpair()
        self._output, output = os.pipe()
        try:
            env = {**env, "SHAKETABLE_CHANNEL": str(theirs.fileno())}
            options = {"env": env, "cwd": cwd, "stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self._process = spawn(command, pass_fds=[theirs.fileno()], **options)
        except BaseException:
            self._channel.close()
            os.close(self._output)
            raise
        finally:
            theirs.close()
            os.close(output)
        self._channel.setblocking(False)
        os.set_blocking(self._output, False)
        self.peak_mb = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def exchange(self, message: dict | None, timeout_s: float) -> Reply:
        """Sends a message, if there is one, and waits for the next reply. The process is dead after anything but `reply`."""
        deadline = time.monotonic() + timeout_s
        self._unread_reply.clear()
        unsent = memoryview(b"" if message is None else json.dumps(message).encode() + b"\n")
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        poll.register(self._channel, select.POLLIN | (select.POLLOUT if unsent else 0))
        while True:
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0:
                return self._end("timeout")
            ready = dict(poll.poll(max(1, min(_LOOK_MS, left_ms))))
            if self._output in ready and not self._read_output():
                poll.unregister(self._output)  # it closed its output; its reply may still come
            if ready.get(self._channel.fileno(), 0) & select.POLLOUT and unsent:
                unsent = self._send(unsent)
                if not unsent:
                    poll.modify(self._channel, select.POLLIN)
            if ready.get(self._channel.fileno(), 0) & (select.POLLIN | select.POLLHUP | select.POLLERR):
                reply = self._read_reply()
                if reply is not None:
                    return reply
            elif not self.is_alive():
                return self._end("ended")  # a child of its own still holds the channel
            if self._has_too_much_memory():
                return self._end("memory")

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)
        self._read_output()

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it at once; who waits in `exchange` sees `ended`."""
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Ends it and gives its descriptors back. Only the thread that uses it may call this."""
        self.kill()
        self._process.wait()
        self._read_output()
        self._flush_output()
        self._channel.close()
        os.close(self._output)

    def _signal(self, number: signal.Signals) -> None:
        try:
            self._process.send_signal(number)
        except OSError:
            pass  # it has just ended

    def _end(self, kind: str) -> Reply:
        self.kill()
        code = self._process.wait()
        self._read_output()
        self._flush_output()
        names = {-6: "signal: aborted", -9: "signal: killed", -11: "signal: segmentation fault"}
        how = names.get(code, f"signal: {-code}") if code < 0 else f"exit status {code}"
        return Reply(kind, {}, how)

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[self._channel.send(unsent[: 1 << 20]) :]
        except BlockingIOError:
            return unsent
        except OSError:
            return memoryview(b"")  # it has ended, which reading tells

    def _read_reply(self) -> Reply | None:
        try:
            chunk = self._channel.recv(1 << 20)
        except BlockingIOError:
            return None
        except OSError:
            chunk = b""
        if not chunk:
            return self._ended_by_itself()
        self._unread_reply += chunk
        end = self._unread_reply.find(b"\n", max(0, len(self._unread_reply) - len(chunk)))
        if end < 0:
            # JSON in JSON: a result may be twice as long on this line.
            return self._end("too-large") if len(self._unread_reply) > 2 * REPLY_BYTES_MAX + 1024 else None
        line = bytes(self._unread_reply[:end])
        del self._unread_reply[: end + 1]
        self._read_output()
        return Reply("reply", json.loads(line))

    def _ended_by_itself(self) -> Reply:
        """The channel closes shortly before the process can be waited for."""
        limit = time.monotonic() + 1
        while self.is_alive() and time.monotonic() < limit:
            time.sleep(0.001)
        return self._end("ended")

    def _read_output(self) -> bool:
        """False at its end."""
        while True:
            try:
                chunk = os.read(self._output, 1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not chunk:
                return False
            *lines, self._unread_output = (self._unread_output + chunk).split(b"\n")
            for line in lines:
                self._on_line(line.decode("utf-8", "replace"))
            if len(self._unread_output) > _LINE_BYTES_MAX:
                self._flush_output()

    def _flush_output(self) -> None:
        if self._unread_output:
            self._on_line(self._unread_output.decode("utf-8", "replace"))
        self._unread_output = b""

    def _has_too_much_memory(self) -> bool:
        """Its own pages; those of the interpreter's file are shared with all other functions. Linux only."""
        try:
            with open(f"/proc/{self._process.pid}/statm", "rb") as file:
                fields = file.read().split()
        except OSError:
            return False
        own_bytes = (int(fields[1]) - int(fields[2])) * _PAGE_BYTES
        self.peak_mb = max(self.peak_mb, own_bytes // (1024 * 1024))
        return own_bytes > self._memory_bytes_max
