"""A batch that never reached its function: throttled, or a system error.

AWS: MaximumRetryAttempts counts errors of the function only; a throttled batch is tried until it expires. Stock: counts every
attempt, so a busy function loses records. Replaces the part of StreamPoller.forward_events_to_target that handles all other
exceptions (localstack/services/lambda_/event_source_mapping/pollers/stream_poller.py).
"""

from localstack.services.lambda_.event_source_mapping.pollers.stream_poller import StreamPoller

from shaketable_localstack.mends.patching import expect
from shaketable_localstack.mends.stream_reader import POLICIES

BUILDS_ON = ("shards_in_parallel",)


def mend() -> None:
    expect(StreamPoller, "forward_events_to_target", "9473064dbc51")
    POLICIES.counts_throttles = False
