"""The attributes of a message in a function's dead-letter queue.

AWS: RequestID is the one that all attempts had, ErrorCode is 200, ErrorMessage the first 1 KB of the error's message; the body
is the event as it was sent. Stock: RequestID is a random uuid, so an operator cannot find the invocation; a message with an
empty ErrorMessage is refused by SNS and lost. Patches Poller.process_dead_letter_queue of
localstack/services/lambda_/invocation/event_manager.py and _prepare_messages_to_dlq of localstack/utils/aws/dead_letter_queue.py.
"""

import threading

from localstack.services.lambda_.invocation.event_manager import Poller
from localstack.utils.aws import dead_letter_queue
from localstack.utils.strings import to_str

from shaketable_localstack.mends.patching import replace

ERROR_MESSAGE_BYTES_MAX = 1024
_under_way = threading.local()


def mend() -> None:
    def make_process(original):
        def process_dead_letter_queue(self, sqs_invocation, invocation_result):
            _under_way.invocation = sqs_invocation.invocation
            try:
                return original(self, sqs_invocation, invocation_result)
            finally:
                _under_way.invocation = None

        return process_dead_letter_queue

    def make_prepare(original):
        def _prepare_messages_to_dlq(source_arn, event, error):
            messages = original(source_arn, event, error)
            invocation = getattr(_under_way, "invocation", None)
            if invocation is not None:
                for message in messages:
                    message["MessageBody"] = to_str(invocation.payload)
                    _correct(message["MessageAttributes"], invocation.request_id)
            return messages

        return _prepare_messages_to_dlq

    replace(Poller, "process_dead_letter_queue", "fd7f1da7879a", make_process)
    replace(dead_letter_queue, "_prepare_messages_to_dlq", "c1a5508381f4", make_prepare)


def _correct(attributes: dict, request_id: str) -> None:
    attributes["RequestID"]["StringValue"] = request_id
    message = attributes["ErrorMessage"]["StringValue"]
    cut = message.encode()[:ERROR_MESSAGE_BYTES_MAX].decode("utf-8", "ignore")
    if cut:
        attributes["ErrorMessage"]["StringValue"] = cut
    else:
        del attributes["ErrorMessage"]
