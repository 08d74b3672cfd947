"""Runs a Python function as AWS's own runtime does, one event after another. It runs under the emulator's interpreter, so
boto3 is there. Events come and results go over a socket (function_process.py); this file must import nothing of ours.
"""

import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

sys.path.pop(0)  # our own folder, which the interpreter puts there
channel = socket.socket(fileno=int(os.environ["SHAKETABLE_CHANNEL"]))
for name in [name for name in os.environ if name.startswith("SHAKETABLE_")]:
    del os.environ[name]
os.set_inheritable(channel.fileno(), False)


class Context:
    def __init__(self, event):
        env = os.environ
        self.aws_request_id = event["requestId"]
        self.invoked_function_arn = event["arn"]
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = None
        self.identity = None
        self._deadline_ms = event["deadlineMs"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline_ms - time.time() * 1000))


class RequestIdFilter(logging.Filter):
    request_id = ""

    def filter(self, record):
        record.aws_request_id = self.request_id
        return True


def set_up_logging():
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestIdFilter())
    layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    formatter = logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


def say(message):
    channel.sendall(json.dumps(message).encode() + b"\n")


def error_of(error, request_id, error_type=None):
    lines = traceback.format_tb(error.__traceback__)[1:]
    said = {"errorMessage": str(error), "errorType": error_type or type(error).__name__, "requestId": request_id}
    return {**said, "stackTrace": lines}


def load_handler():
    place = os.environ.get("_HANDLER", "")
    module_name, dot, function_name = place.rpartition(".")
    if not dot:
        raise RuntimeError("Runtime.MalformedHandlerName", f"Bad handler '{place}'")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise RuntimeError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    except ImportError as error:
        raise RuntimeError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    if not hasattr(module, function_name):
        raise RuntimeError("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return getattr(module, function_name)


def work(handler, event):
    os.environ["_X_AMZN_TRACE_ID"] = event["trace"]
    RequestIdFilter.request_id = event["requestId"]
    try:
        returned = handler(json.loads(event["payload"] or "null"), Context(event))
    except Exception as error:
        lines = "".join(traceback.format_exception(error)).replace("\n", "\r")
        print(f"[ERROR]\t{type(error).__name__}: {error}\r{lines}", flush=True)
        return {"error": error_of(error, event["requestId"])}
    try:
        return {"result": json.dumps(returned)}
    except (TypeError, ValueError) as error:
        return {"error": error_of(error, event["requestId"], "Runtime.MarshalError")}


def main():
    set_up_logging()
    try:
        handler = load_handler()
    except BaseException as error:
        told = isinstance(error, RuntimeError) and len(error.args) == 2
        error_type, message = error.args if told else (type(error).__name__, str(error))
        stack = traceback.format_exc().splitlines()
        say({"initError": {"errorType": error_type, "errorMessage": message, "stackTrace": stack}})
        sys.exit(1)
    say({"ready": True})
    for line in channel.makefile("rb"):
        say(work(handler, json.loads(line)))


main()
