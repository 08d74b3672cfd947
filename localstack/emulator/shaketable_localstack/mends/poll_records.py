"""How many records a mapping reads at once.

AWS: a large read (here 500, or BatchSize where that is more), which is then cut into batches. Stock: BatchSize, so a lane with
batch size 1 carries one record a poll. Replaces the Limit in StreamPoller.get_records of
localstack/services/lambda_/event_source_mapping/pollers/stream_poller.py.
"""

from localstack.services.lambda_.event_source_mapping.pollers.stream_poller import StreamPoller

from shaketable_localstack.mends.patching import expect
from shaketable_localstack.mends.stream_reader import POLICIES

BUILDS_ON = ("shards_in_parallel",)
RECORDS_PER_READ = 500


def mend() -> None:
    expect(StreamPoller, "get_records", "5e6462eea961")
    POLICIES.records_per_read = lambda batch_size: max(RECORDS_PER_READ, batch_size)
