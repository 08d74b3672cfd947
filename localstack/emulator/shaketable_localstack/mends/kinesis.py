"""Kinesis in this process, safe with many writers, with the limits of AWS.

AWS: sequence numbers in a shard are distinct and rise; a shard takes 1,000 records/s and 1 MiB/s, and PutRecords beyond that
fails for those records only (ProvisionedThroughputExceededException in the entry, FailedRecordCount); a call takes 500
records and 5 MiB; records leave the stream after the retention. Stock: kinesis-mock, a program of its own without the
rates; plain moto gives two writers one number, which loses a record, has no rates, and reads by scanning from the start.
Replaces the provider `kinesis:default` of localstack/services/providers.py and `Shard` of moto/kinesis/models.py. The calls
that a pipeline makes all the time are served here, the others by moto.
"""

import base64
import time
from datetime import UTC, datetime

from localstack.aws.api.kinesis import (
    InvalidArgumentException,
    KinesisApi,
    ProvisionedThroughputExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from moto.kinesis import models

from shaketable_localstack.mends import moto_backends
from shaketable_localstack.mends.kinesis_shard import MendedShard, retention_seconds
from shaketable_localstack.mends.patching import expect

RECORDS_MAX = 500
CALL_BYTES_MAX = 5 * 1024 * 1024
RECORD_BYTES_MAX = 1024 * 1024
READ_RECORDS_MAX = 10_000


def find_stream(account: str, region: str, name: str | None, arn: str | None) -> models.Stream:
    wanted = name or (arn or "").rpartition("/")[2]
    stream = models.kinesis_backends[account][region].streams.get(wanted)
    if stream is None:
        raise ResourceNotFoundException(f"Stream {wanted} under account {account} not found.")
    return stream


def stream_of_arn(arn: str) -> models.Stream:
    _, _, _, region, account, _ = arn.split(":", 5)
    return find_stream(account, region, None, arn)


class Kinesis(KinesisApi):
    def put_record(self, context, data, partition_key, stream_name=None, explicit_hash_key=None, stream_arn=None, **kwargs):
        stream = find_stream(context.account_id, context.region, stream_name, stream_arn)
        if len(data) > RECORD_BYTES_MAX:
            raise _too_large("data")
        shard = _open_shard(stream, partition_key, explicit_hash_key)
        number = shard.try_put(partition_key, data, explicit_hash_key)
        if number is None:
            raise ProvisionedThroughputExceededException(_rate_exceeded(stream, shard))
        return {"ShardId": shard.shard_id, "SequenceNumber": number}

    def put_records(self, context, records, stream_name=None, stream_arn=None, **kwargs):
        stream = find_stream(context.account_id, context.region, stream_name, stream_arn)
        if not 0 < len(records) <= RECORDS_MAX:
            raise ValidationException(
                "1 validation error detected: Value at 'records' failed to satisfy constraint: "
                "Member must have length less than or equal to 500 and greater than or equal to 1"
            )
        sizes = [len(record["Data"]) + len(record["PartitionKey"].encode()) for record in records]
        if max(len(record["Data"]) for record in records) > RECORD_BYTES_MAX:
            raise _too_large("records.member.data")
        if sum(sizes) > CALL_BYTES_MAX:
            raise InvalidArgumentException("Records size exceeds 5 MB limit")
        results = [_put_entry(stream, record) for record in records]
        return {"FailedRecordCount": sum("ErrorCode" in result for result in results), "Records": results}

    def get_shard_iterator(
        self, context, shard_id, shard_iterator_type, stream_name=None, starting_sequence_number=None,
        timestamp=None, stream_arn=None, **kwargs,
    ):  # fmt: skip
        stream = find_stream(context.account_id, context.region, stream_name, stream_arn)
        shard = stream.shards.get(shard_id)
        if shard is None:
            raise ResourceNotFoundException(
                f"Shard {shard_id} in stream {stream.stream_name} under account {context.account_id} does not exist"
            )
        after = position(shard, shard_iterator_type, starting_sequence_number, timestamp)
        return {"ShardIterator": _iterator(stream, shard, after)}

    def get_records(self, context, shard_iterator, limit=None, **kwargs):
        name, shard_id, after = _read_iterator(shard_iterator)
        stream = find_stream(context.account_id, context.region, name, None)
        shard = stream.shards.get(shard_id)
        if shard is None:
            raise ResourceNotFoundException(f"Shard {shard_id} in stream {name} does not exist")
        oldest = time.time() - retention_seconds(stream)
        records, last, lag_ms = shard.read(after, min(limit or READ_RECORDS_MAX, READ_RECORDS_MAX), oldest)
        answer = {"Records": [as_record(record) for record in records], "MillisBehindLatest": lag_ms}
        if shard.is_open or records:
            answer["NextShardIterator"] = _iterator(stream, shard, last)
        return answer


def as_record(record: models.Record) -> dict:
    return {
        "Data": record.data,
        "PartitionKey": record.partition_key,
        "SequenceNumber": str(record.sequence_number),
        "ApproximateArrivalTimestamp": datetime.fromtimestamp(record.created_at, UTC),
    }


def position(shard: MendedShard, kind: str, sequence_number: str | None, timestamp: datetime | float | None) -> int:
    """The number of the last record that is *not* to be read."""
    if kind == "TRIM_HORIZON":
        return 0
    if kind == "LATEST":
        return shard.get_max_sequence_number()
    if kind == "AT_TIMESTAMP" and timestamp is not None:
        return shard.get_sequence_number_at(timestamp.timestamp() if isinstance(timestamp, datetime) else float(timestamp))
    if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER") and sequence_number:
        return int(sequence_number) - (kind == "AT_SEQUENCE_NUMBER")
    raise InvalidArgumentException(f"Must either specify a value for {kind} or use another ShardIteratorType")


def _put_entry(stream: models.Stream, record: dict) -> dict:
    explicit_hash_key = record.get("ExplicitHashKey")
    shard = _open_shard(stream, record["PartitionKey"], explicit_hash_key)
    number = shard.try_put(record["PartitionKey"], record["Data"], explicit_hash_key)
    if number is None:
        return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": _rate_exceeded(stream, shard)}
    return {"ShardId": shard.shard_id, "SequenceNumber": number}


def _open_shard(stream: models.Stream, partition_key: str, explicit_hash_key: str | None) -> MendedShard:
    if not 0 < len(partition_key) <= 256:
        raise ValidationException("1 validation error detected: Value at 'partitionKey' must have length from 1 to 256")
    number = int(explicit_hash_key) if explicit_hash_key else int(models.md5_hash(partition_key.encode()).hexdigest(), 16)
    for shard in list(stream.shards.values()):
        # moto lets the ranges end where the next one begins or one before it, and leaves the last number out.
        if shard.is_open and shard.starting_hash <= number <= shard.ending_hash:
            return shard
    raise InvalidArgumentException(f"no shard of {stream.stream_name} for {partition_key}")


def _rate_exceeded(stream: models.Stream, shard: MendedShard) -> str:
    return f"Rate exceeded for shard {shard.shard_id} in stream {stream.stream_name} under account {stream.account_id}."


def _too_large(member: str) -> ValidationException:
    return ValidationException(
        f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {RECORD_BYTES_MAX}"
    )


def _iterator(stream: models.Stream, shard: MendedShard, after: int) -> str:
    return base64.b64encode(f"{stream.stream_name}:{shard.shard_id}:{after}".encode()).decode()


def _read_iterator(iterator: str) -> tuple[str, str, int]:
    try:
        name, shard_id, after = base64.b64decode(iterator, validate=True).decode().split(":")
        return name, shard_id, int(after)
    except ValueError:
        raise InvalidArgumentException("Invalid ShardIterator.") from None


def mend() -> None:
    expect(models, "Shard", "f474fd5e4a96")
    models.Shard = MendedShard
    moto_backends.use("kinesis", Kinesis)
