"""How an asynchronous invocation that found no free concurrency, or met a system error, is put back.

AWS: tried again for up to 6 h, after 1 s first, then doubling up to 5 minutes. Stock: the counter that the doubling needs is
never counted up, so it is about one second each time. Here: doubling, from 1 s to 5 min on the compressed clock of
async_retry, but no sooner than after 50 ms. Patches Poller.process_throttles_and_system_errors of
localstack/services/lambda_/invocation/event_manager.py.
"""

from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.services.lambda_.analytics import FunctionStatus
from localstack.services.lambda_.invocation.event_manager import Poller, get_sqs_client

from shaketable_localstack.mends import clock
from shaketable_localstack.mends.delayed import later
from shaketable_localstack.mends.patching import replace

FIRST_MS = 1000
MAX_MS = 5 * 60 * 1000
# Below this the machine would be busy with nothing but trying.
SHORTEST_MS = 50


def backoff_ms(earlier: int, compression: float) -> float:
    return min(max(FIRST_MS / compression, SHORTEST_MS) * 2**earlier, max(MAX_MS / compression, SHORTEST_MS))


def mend() -> None:
    compression = clock.compression()

    def make(_original):
        def process_throttles_and_system_errors(self, sqs_invocation, error) -> str:
            delay_ms = backoff_ms(sqs_invocation.exception_retries, compression)
            sqs_invocation.exception_retries += 1
            body = sqs_invocation.encode()
            client, url = get_sqs_client(self.version_manager.function_version), self.event_queue_url

            def put() -> None:
                try:
                    client.send_message(QueueUrl=url, MessageBody=body)
                except ValueError:
                    pass  # the function was deleted, and its queue with it

            later(delay_ms, put)
            is_throttle = isinstance(error, TooManyRequestsException)
            return FunctionStatus.throttle_error if is_throttle else FunctionStatus.system_error

        return process_throttles_and_system_errors

    replace(Poller, "process_throttles_and_system_errors", "8436d1e29cab", make)
