"""A shard's records in memory, for the kinesis mend: sequence numbers that are distinct and rise, reading without scanning
from the start, readers that wait instead of polling, the write limits of a shard, and retention.
"""

import itertools
import os
import threading
import time
from bisect import bisect_right
from collections import OrderedDict

from moto.kinesis import models

# AWS's numbers have 56 digits: one that is kept as a floating point number anywhere is wrong at once, as it is there.
SEQUENCE_BASE = 49_600_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000_000
RECORDS_PER_SECOND = 1000
BYTES_PER_SECOND = 1024 * 1024
READ_BYTES_MAX = 10 * 1024 * 1024
_numbers = itertools.count(1)


def retention_seconds(stream: models.Stream) -> float:
    """A day at least on AWS; a tag of the stream, or SHAKETABLE_RETENTION_SECONDS for all streams, makes it short for tests."""
    short = stream.tags.get("shaketable:retention-seconds") or os.environ.get("SHAKETABLE_RETENTION_SECONDS")
    return float(short or stream.retention_period_hours * 3600)


class Allowance:
    """What may still be written now: it fills up at a steady rate and holds one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._left = per_second
        self._at = time.monotonic()

    def covers(self, amount: float) -> bool:
        now = time.monotonic()
        self._left = min(self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        # A record of exactly the maximum, with its key, is a little more than a second's worth.
        return self._left >= min(amount, self._per_second)

    def take(self, amount: float) -> None:
        self._left -= amount


class MendedShard(models.Shard):
    """moto's shard, with `records` kept in two lists. Everything is done under `changed`, on which readers wait."""

    def __init__(self, *args, **kwargs) -> None:
        self.changed = threading.Condition()
        self._records: list[models.Record] = []
        self._sequences: list[int] = []
        self._last = SEQUENCE_BASE
        self._record_allowance = Allowance(RECORDS_PER_SECOND)
        self._byte_allowance = Allowance(BYTES_PER_SECOND)
        super().__init__(*args, **kwargs)

    @property
    def records(self) -> OrderedDict:
        return OrderedDict(zip(self._sequences, self._records))

    @records.setter
    def records(self, records: dict) -> None:
        with self.changed:
            self._sequences, self._records = list(records.keys()), list(records.values())

    def try_put(self, partition_key: str, data: bytes, explicit_hash_key: str | None) -> str | None:
        """The sequence number, or nothing when the shard takes no more at present."""
        size = len(data) + len(partition_key.encode())
        with self.changed:
            if not (self._record_allowance.covers(1) and self._byte_allowance.covers(size)):
                return None
            self._record_allowance.take(1)
            self._byte_allowance.take(size)
            return self.put_record(partition_key, data, explicit_hash_key)

    def put_record(self, partition_key: str, data: bytes, explicit_hash_key: str | None) -> str:
        with self.changed:
            self._last = SEQUENCE_BASE + next(_numbers)
            self._sequences.append(self._last)
            self._records.append(models.Record(partition_key, data, self._last, explicit_hash_key))
            self.changed.notify_all()
            return str(self._last)

    def read(self, after: int, limit: int, oldest: float) -> tuple[list[models.Record], int, int]:
        """Up to `limit` records past `after` that are no older than `oldest`, the place to go on from, and the lag in ms."""
        with self.changed:
            self._forget(oldest)
            start = bisect_right(self._sequences, after)
            records, size = [], 0
            for record in self._records[start : start + limit]:
                size += len(record.data)
                if size > READ_BYTES_MAX and records:
                    break
                records.append(record)
            if not records:
                return [], after, 0
            lag_ms = int((self._records[-1].created_at - records[-1].created_at) * 1000)
            return records, records[-1].sequence_number, lag_ms

    def wait(self, after: int, timeout_s: float) -> None:
        """Until there is a record past `after`."""
        with self.changed:
            if not self._sequences or self._sequences[-1] <= after:
                self.changed.wait(timeout_s)

    def _forget(self, oldest: float) -> None:
        gone = 0
        while gone < len(self._records) and self._records[gone].created_at < oldest:
            gone += 1
        if gone:
            del self._records[:gone], self._sequences[:gone]

    def get_min_sequence_number(self) -> int:
        return self._sequences[0] if self._sequences else SEQUENCE_BASE

    def get_max_sequence_number(self) -> int:
        return self._last

    def get_sequence_number_at(self, at_timestamp: float) -> int:
        with self.changed:
            before = [record.sequence_number for record in self._records if record.created_at < at_timestamp]
            return before[-1] if before else 0
