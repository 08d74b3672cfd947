"""Records that grow too old while their batch is tried again.

AWS: MaximumRecordAgeInSeconds (60 s at least), and in any case the retention of the stream, end the retries; a batch that fails
for ever blocks its shard no longer than that. Stock: the age is obeyed, the retention never. Here: both;
SHAKETABLE_RETENTION_SECONDS makes the retention short for tests, and ages below 60 s are taken as they are. Replaces
StreamPoller.bisect_events_by_record_age of
localstack/services/lambda_/event_source_mapping/pollers/stream_poller.py.
"""

from localstack.services.lambda_.event_source_mapping.pollers.stream_poller import StreamPoller

from shaketable_localstack.mends import kinesis
from shaketable_localstack.mends.kinesis_shard import retention_seconds
from shaketable_localstack.mends.patching import expect
from shaketable_localstack.mends.stream_reader import POLICIES

BUILDS_ON = ("shards_in_parallel",)


def _expires_at(mapping: dict, now: float) -> float:
    """Records that arrived before this are too old."""
    limit = retention_seconds(kinesis.stream_of_arn(mapping["EventSourceArn"]))
    age = mapping["MaximumRecordAgeInSeconds"]
    return now - (min(age, limit) if age > 0 else limit)


def mend() -> None:
    expect(StreamPoller, "bisect_events_by_record_age", "1cef2d8d4ff1")
    POLICIES.expires_at = _expires_at
