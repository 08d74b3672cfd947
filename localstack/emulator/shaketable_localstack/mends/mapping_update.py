"""UpdateEventSourceMapping, disabling and enabling.

AWS: the mapping goes on where it was. Stock: a new worker begins at the starting position, TRIM_HORIZON as a rule, and delivers
everything again. Here: the last number done with is kept by mapping and shard. Replaces KinesisPoller.initialize_shards of
localstack/services/lambda_/event_source_mapping/pollers/kinesis_poller.py, as called after
LambdaProvider.update_event_source_mapping_v2 of localstack/services/lambda_/provider.py.
"""

from localstack.services.lambda_.event_source_mapping.pollers.kinesis_poller import KinesisPoller
from localstack.services.lambda_.provider import LambdaProvider

from shaketable_localstack.mends.patching import expect
from shaketable_localstack.mends.stream_reader import POLICIES

BUILDS_ON = ("shards_in_parallel",)


def mend() -> None:
    expect(KinesisPoller, "initialize_shards", "c4be413dcda3")
    expect(LambdaProvider, "update_event_source_mapping_v2", "3c8a42abea09")
    POLICIES.remembers = True
