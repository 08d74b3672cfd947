"""When a failed asynchronous invocation is tried again.

AWS: attempt 2 after one minute, attempt 3 after two more; at most 6 h old, or MaximumEventAgeInSeconds. Stock: the same number
of attempts, after whole seconds rounded up to the next look at the queue, once a second; the age is not compressed. Here:
the delays of SHAKETABLE_ASYNC_RETRY_MS to the millisecond, and the age on the same compressed clock; but the 6 h of AWS's
default shrink to no less than ten minutes, because the work itself takes as long as ever. Patches
FakeSqsClient.send_message of localstack/services/lambda_/invocation/internal_sqs_queue.py and has_enough_time_for_retry of
event_manager.py.
"""

import json
from datetime import datetime

from localstack.services.lambda_.invocation import event_manager
from localstack.services.lambda_.invocation.internal_sqs_queue import FakeSqsClient

from shaketable_localstack.mends import clock
from shaketable_localstack.mends.delayed import later
from shaketable_localstack.mends.patching import replace

DEFAULT_AGE_SECONDS = 6 * 60 * 60
DEFAULT_AGE_SECONDS_MIN = 10 * 60


def mend() -> None:
    delays_ms = clock.retry_delays_ms()
    compression = clock.compression()

    def make_send(original):
        def send_message(self, QueueUrl, MessageBody, DelaySeconds=None, **kwargs):
            # Of the messages with a delay those after a failure count their retries; throttled ones count exceptions.
            counts = json.loads(MessageBody) if DelaySeconds else {}
            retries = counts.get("retries", 0)
            if retries == 0 or counts.get("exception_retries", 0) > 0:
                return original(self, QueueUrl=QueueUrl, MessageBody=MessageBody, DelaySeconds=DelaySeconds, **kwargs)
            delay_ms = delays_ms[min(retries, len(delays_ms)) - 1]
            later(delay_ms, lambda: _put(original, self, QueueUrl, MessageBody))
            return {}

        return send_message

    def make_enough_time(_original):
        def has_enough_time_for_retry(sqs_invocation, event_invoke_config) -> bool:
            limit = max(DEFAULT_AGE_SECONDS / compression, DEFAULT_AGE_SECONDS_MIN)
            if event_invoke_config and event_invoke_config.maximum_event_age_in_seconds is not None:
                limit = event_invoke_config.maximum_event_age_in_seconds / compression
            age = (datetime.now() - sqs_invocation.invocation.invoke_time).total_seconds()
            next_delay_ms = delays_ms[min(sqs_invocation.retries, len(delays_ms) - 1)]
            return age + next_delay_ms / 1000 <= limit

        return has_enough_time_for_retry

    replace(FakeSqsClient, "send_message", "d6f2303cc6d6", make_send)
    replace(event_manager, "has_enough_time_for_retry", "ce7865b03f9f", make_enough_time)


def _put(send, client, queue_url: str, body: str) -> None:
    try:
        send(client, QueueUrl=queue_url, MessageBody=body)
    except ValueError:
        pass  # the function was deleted, and its queue with it
