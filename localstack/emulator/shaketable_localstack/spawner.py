"""Starts processes from one thread that lives as long as the emulator. The kernel's parent-death signal follows the thread
that forked, not the process, and LocalStack's own threads come and go: a function would be killed with the thread that
happened to invoke it first.
"""

import queue
import shutil
import subprocess
import sys
import threading
from concurrent.futures import Future

_orders: queue.SimpleQueue = queue.SimpleQueue()


def _work() -> None:
    while True:
        answer, command, options = _orders.get()
        try:
            answer.set_result(subprocess.Popen(command, **options))
        except BaseException as error:  # it goes to who ordered the process; this thread must never end
            answer.set_exception(error)


threading.Thread(target=_work, name="shaketable-spawner", daemon=True).start()


def _dying_with_parent() -> list[str]:
    """A prefix of the command. Without it (macOS) the process group and the closed channel have to do."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return []
    prefix = [setpriv, "--pdeathsig", "KILL"]
    works = subprocess.run([*prefix, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return prefix if works.returncode == 0 else []


_prefix = _dying_with_parent()


def spawn(command: list[str], **options) -> subprocess.Popen:
    answer: Future = Future()
    _orders.put((answer, [*_prefix, *command], options))
    return answer.result(timeout=30)
