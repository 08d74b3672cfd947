"""BisectBatchOnFunctionError of a mapping.

AWS: a batch that fails is cut in two and each half tried by itself, the earlier one first; cutting does not count as a retry, so
a single poison record ends alone and its neighbours are processed. Stock: the setting is kept and ignored. Replaces the part of
StreamPoller.forward_events_to_target that handles BatchFailureError
(localstack/services/lambda_/event_source_mapping/pollers/stream_poller.py).
"""

from localstack.services.lambda_.event_source_mapping.pollers.stream_poller import StreamPoller

from shaketable_localstack.mends.patching import expect
from shaketable_localstack.mends.stream_reader import POLICIES

BUILDS_ON = ("shards_in_parallel",)


def mend() -> None:
    expect(StreamPoller, "forward_events_to_target", "9473064dbc51")
    POLICIES.splits = lambda mapping: bool(mapping.get("BisectBatchOnFunctionError"))
