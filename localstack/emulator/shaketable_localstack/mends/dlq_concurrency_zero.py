"""Asynchronous events that never reached the function: reserved concurrency 0, or too old while throttled.

AWS: they go to the failure destination and the dead-letter queue, with error code 429 (known from reports, not documented).
Stock: there is no error to describe, describing it fails (TypeError), and the event is lost with a line in the log. Patches
Poller.process_dead_letter_queue and .process_failure_destination of
localstack/services/lambda_/invocation/event_manager.py and _prepare_messages_to_dlq of localstack/utils/aws/dead_letter_queue.py.
"""

import dataclasses
import json

from localstack.services.lambda_.invocation.event_manager import Poller
from localstack.utils.aws import dead_letter_queue

from shaketable_localstack.mends.patching import replace

_NEVER_RUN = json.dumps({"errorMessage": "Rate Exceeded.", "errorType": "TooManyRequestsException"})


def mend() -> None:
    def make_process(original):
        def process_dead_letter_queue(self, sqs_invocation, invocation_result):
            return original(self, sqs_invocation, _described(invocation_result))

        return process_dead_letter_queue

    def make_destination(original):
        def process_failure_destination(self, sqs_invocation, invocation_result, event_invoke_config, failure_cause):
            return original(self, sqs_invocation, _described(invocation_result), event_invoke_config, failure_cause)

        return process_failure_destination

    def make_prepare(original):
        def _prepare_messages_to_dlq(source_arn, event, error):
            messages = original(source_arn, event, error)
            if getattr(error, "result", None) == _NEVER_RUN:
                for message in messages:
                    message["MessageAttributes"]["ErrorCode"]["StringValue"] = "429"
            return messages

        return _prepare_messages_to_dlq

    replace(Poller, "process_dead_letter_queue", "fd7f1da7879a", make_process)
    replace(Poller, "process_failure_destination", "a35b42cebb7d", make_destination)
    replace(dead_letter_queue, "_prepare_messages_to_dlq", "c1a5508381f4", make_prepare)


def _described(result):
    return dataclasses.replace(result, payload=_NEVER_RUN.encode()) if result.payload is None else result
