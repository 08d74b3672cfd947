"""LocalStack's Lambda executor: runs a function in processes of this machine instead of containers. LocalStack keeps one
executor per execution environment and gives it one event at a time; the process behind it is started with the first event
and again after it died. Before each event the runner is asked for a fault.

    LocalStack ─invoke─► ask ─► [late] [throttled] [crash before] ─► process ─► [crash after] [timeout] ─► result
"""

import json
import logging
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace

from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localstack.utils.strings import to_bytes

from shaketable_localstack import failures, function_environment
from shaketable_localstack.failures import Failure
from shaketable_localstack.function_log import FunctionLog
from shaketable_localstack.function_process import FunctionProcess, Reply
from shaketable_localstack.trace import Attempts, new_invocation16, now_ms, trace_header
from shaketable_localstack.trace_socket import TraceSocket, trace_socket_path

LOG = logging.getLogger(__name__)
_PAYLOAD_TOLD_MAX = 1_000_000
# AWS gives a function this long to load, besides its timeout.
_INIT_TIMEOUT_S = 10

_attempts = Attempts()
_working: dict[str, "ProcessRuntimeExecutor"] = {}
_trace: TraceSocket | None = None
_trace_lock = threading.Lock()


@dataclass(frozen=True)
class Invocation:
    request_id: str
    attempt: int
    arn: str
    payload: str
    # What the call that invoked it had as its trace header.
    incoming_trace: str
    invocation16: str = field(default_factory=new_invocation16)

    def again(self) -> "Invocation":
        return replace(self, invocation16=new_invocation16())


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._name = function_version.id.function_name
        self._env: dict[str, str] = {}
        self._folder = ""
        self._process: FunctionProcess | None = None
        self._log = FunctionLog()
        self._using = threading.RLock()
        self._stopping = threading.Event()
        # The invocation that the runner had killed in the middle.
        self._killed16 = ""

    # What LocalStack asks of an executor

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        config = function_version.config
        function_environment.command_of(config)  # an unknown runtime fails the function's creation
        config.code.prepare_for_execution()
        for layer in config.layers:
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        # The code may be that of the next version, too; LocalStack destroys it itself once nobody uses it.
        pass

    def start(self, env_vars: dict[str, str]) -> None:
        self._folder = tempfile.mkdtemp(prefix="function-")
        self._env = function_environment.environment_of(self.function_version, env_vars, self._folder)

    def stop(self) -> None:
        """As on AWS, what is being worked on is worked on to its end, also when its function is changed or removed."""
        threading.Thread(target=self._stop_when_idle, daemon=True).start()

    def _stop_when_idle(self) -> None:
        with self._using:
            self._stopping.set()
            self._drop_process()
        shutil.rmtree(self._folder, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id = payload["invoke-id"]
        invocation = Invocation(
            request_id=request_id,
            attempt=_attempts.next(request_id),
            arn=payload["invoked-function-arn"],
            payload=payload["payload"],
            incoming_trace=payload["trace-id"],
        )
        with self._using:
            return self._carry_out(invocation)

    def _carry_out(self, invocation: Invocation) -> InvocationResult:
        action = trace().ask(self._told(invocation, "ask"))
        self._stopping.wait((action.get("delayMs") or 0) / 1000)
        if action.get("throttle"):
            self._refuse(invocation)
        result = self._work_on(invocation, action)
        for _ in range(int(action.get("duplicates") or 0)):
            duplicate = invocation.again()
            trace().tell({**self._told(duplicate, "ask"), "duplicate": True})
            self._work_on(duplicate, {}, duplicate=True)
        return result

    def get_logs(self) -> str:
        return self._log.text()

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return ""

    # One invocation

    def _refuse(self, invocation: Invocation) -> None:
        _attempts.take_back(invocation.request_id)
        self._tell_result(invocation, now_ms(), failures.throttled(), planned=True)
        raise TooManyRequestsException("Rate Exceeded.", Reason="ReservedFunctionConcurrentInvocationLimitExceeded")

    def _work_on(self, invocation: Invocation, action: dict, duplicate: bool = False) -> InvocationResult:
        started_ms = now_ms()
        planned = bool(action.get("crash") or action.get("timeout"))
        with self._using:
            self._log.begin(self._name, invocation.request_id, trace().tell)
            _working[invocation.invocation16] = self
            try:
                outcome = self._perform(invocation, action, started_ms)
            finally:
                _working.pop(invocation.invocation16, None)
            planned = planned or self._killed16 == invocation.invocation16
            failure = outcome if isinstance(outcome, Failure) else None
            logs = self._log.end(invocation.request_id, now_ms() - started_ms, failure)
        self._tell_result(invocation, started_ms, failure, planned, duplicate)
        payload = failure.payload(invocation.request_id) if failure else outcome
        return InvocationResult(invocation.request_id, to_bytes(payload), is_error=failure is not None, logs=logs)

    def _perform(self, invocation: Invocation, action: dict, started_ms: float) -> str | Failure:
        """The result as JSON text, or why there is none."""
        if action.get("crash") == "before":
            self._drop_process()
            return failures.crash("signal: killed")
        failure = self._ensure_process()
        if failure is not None:
            return failure
        timeout_s = self.function_version.config.timeout
        started_s = time.monotonic()
        reply = self._exchange(invocation, timeout_s)
        outcome = self._outcome_of(reply, timeout_s)
        if action.get("crash") == "after":
            self._drop_process()
            return failures.crash("signal: killed")
        if action.get("timeout"):
            wait_s = min(timeout_s, _planned_timeout_max_s())
            self._stopping.wait(max(0, started_s + wait_s - time.monotonic()))
            self._drop_process()
            return failures.timeout(timeout_s)
        return outcome

    def _exchange(self, invocation: Invocation, timeout_s: float) -> Reply:
        event = {
            "requestId": invocation.request_id,
            "arn": invocation.arn,
            "trace": trace_header(invocation.incoming_trace, invocation.invocation16),
            "deadlineMs": round(time.time() * 1000 + timeout_s * 1000),
            "payload": invocation.payload,
        }
        self._process.thaw()
        return self._process.exchange(event, timeout_s)

    def _outcome_of(self, reply: Reply, timeout_s: float) -> str | Failure:
        if reply.kind == "reply" and not reply.message.get("fatal"):
            self._process.freeze()
        else:
            self._drop_process()
        return failures.outcome_of(reply, timeout_s, self.function_version.config.memory_size)

    def _ensure_process(self) -> Failure | None:
        if self._process is not None and self._process.is_alive():
            return None
        self._drop_process()
        if self._stopping.is_set():
            return failures.not_started("the function is being removed")
        config = self.function_version.config
        try:
            self._process = FunctionProcess(
                command=function_environment.command_of(config),
                env=self._env,
                cwd=self._env["LAMBDA_TASK_ROOT"],
                memory_mb=config.memory_size,
                on_line=self._log.line,
            )
        except OSError as error:
            return failures.not_started(str(error))
        self._tell_process("started")
        reply = self._process.exchange(None, _INIT_TIMEOUT_S)
        if reply.kind == "reply" and reply.message.get("ready"):
            return None
        self._drop_process()
        return failures.initialization(reply, _INIT_TIMEOUT_S, config.memory_size)

    def _drop_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.close()
        trace().tell({"type": "process", "function": self._name, "pid": process.pid, "state": "exited"})

    def kill_in_the_middle(self, invocation16: str) -> None:
        process = self._process
        if process is not None and invocation16 in _working:
            self._killed16 = invocation16
            process.kill()

    # What the runner is told

    def _told(self, invocation: Invocation, kind: str) -> dict:
        return {
            "type": kind,
            "function": self._name,
            "requestId": invocation.request_id,
            "attempt": invocation.attempt,
            "invocation16": invocation.invocation16,
            "atMs": now_ms(),
            "payload": invocation.payload[:_PAYLOAD_TOLD_MAX],
        }

    def _tell_result(
        self, invocation: Invocation, started_ms: float, failure: Failure | None, planned: bool, duplicate: bool = False
    ) -> None:
        at_ms = now_ms()
        message = {
            "type": "result",
            "function": self._name,
            "requestId": invocation.request_id,
            "attempt": invocation.attempt,
            "invocation16": invocation.invocation16,
            "atMs": at_ms,
            "durationMs": at_ms - started_ms,
        }
        if failure is not None:
            message["error"] = {"kind": failure.kind, "message": failure.message}
            if planned:
                message["fault"] = True
        if duplicate:
            message["duplicate"] = True
        trace().tell(message)

    def _tell_process(self, state: str) -> None:
        trace().tell({"type": "process", "function": self._name, "pid": self._process.pid, "state": state})


def trace() -> TraceSocket:
    global _trace
    with _trace_lock:
        if _trace is None:
            _trace = TraceSocket(trace_socket_path(), _kill)
        return _trace


def _kill(invocation16: str) -> None:
    executor = _working.get(invocation16)
    if executor is not None:
        executor.kill_in_the_middle(invocation16)


def _planned_timeout_max_s() -> float:
    return float(os.environ.get("SHAKETABLE_TIMEOUT_MS_MAX") or "inf") / 1000
