"""How an invocation may fail, with the payload that AWS would give the caller. `kind` is our own word for the history."""

import json
from dataclasses import dataclass, field

from shaketable_localstack.function_process import REPLY_BYTES_MAX, Reply


@dataclass(frozen=True)
class Failure:
    # error, timeout, crash, memory, not-started, throttled
    kind: str
    type: str
    # Without the request id, which AWS puts in front where the function itself said nothing.
    message: str
    # What the function itself said; else made from the two above.
    said: dict | None = field(default=None)

    def payload(self, request_id: str) -> str:
        if self.said is not None:
            return json.dumps(self.said)
        return json.dumps({"errorType": self.type, "errorMessage": f"RequestId: {request_id} Error: {self.message}"})


def crash(how: str) -> Failure:
    # A process that exits with 0 gives no reason, in AWS's words.
    exited_well = how == "exit status 0"
    message = "Runtime exited without providing a reason" if exited_well else f"Runtime exited with error: {how}"
    return Failure("crash", "Runtime.ExitError", message)


def memory(memory_mb: int) -> Failure:
    return Failure("memory", "Runtime.OutOfMemory", f"Runtime exited with error: signal: killed ({memory_mb} MB used up)")


def timeout(timeout_s: float) -> Failure:
    return Failure("timeout", "Sandbox.Timedout", f"Task timed out after {timeout_s:.2f} seconds")


def throttled() -> Failure:
    return Failure("throttled", "TooManyRequestsException", "Rate Exceeded.")


def not_started(why: str) -> Failure:
    return Failure("not-started", "Runtime.InvalidEntrypoint", why)


def outcome_of(reply: Reply, timeout_s: float, memory_mb: int) -> str | Failure:
    """The result as JSON text, or why there is none."""
    if reply.kind == "timeout":
        return timeout(timeout_s)
    if reply.kind == "memory" or (reply.kind == "ended" and reply.how == "signal: aborted"):
        return memory(memory_mb)  # V8 aborts when its heap is full
    if reply.kind == "ended":
        return crash(reply.how)
    if reply.kind == "too-large" or len(reply.message.get("result") or "") > REPLY_BYTES_MAX:
        text = f"Response payload size exceeded maximum allowed payload size ({REPLY_BYTES_MAX} bytes)."
        return Failure("error", "Function.ResponseSizeTooLarge", text)
    if "error" in reply.message:
        return _said("error", reply.message["error"])
    return reply.message["result"]


def initialization(reply: Reply, timeout_s: float, memory_mb: int) -> Failure:
    if reply.kind == "reply" and "initError" in reply.message:
        return _said("not-started", reply.message["initError"])
    outcome = outcome_of(reply, timeout_s, memory_mb) if reply.kind != "reply" else crash("no handler")
    message = outcome.message if isinstance(outcome, Failure) else "no handler"
    return Failure("not-started", getattr(outcome, "type", "Runtime.ExitError"), f"while loading: {message}")


def _said(kind: str, said: dict) -> Failure:
    error_type, message = str(said.get("errorType", "Error")), str(said.get("errorMessage", ""))
    return Failure(kind, error_type, f"{error_type}: {message}" if error_type else message, said)
