"""Reads one shard for one event source mapping, as the mends of mappings want it; without those it does what the stock poller
does. Not a mend itself: each of them sets one policy of `Policies`.

    shard ─► read (policy: how many) ─► cut to BatchSize ─► filter ─► invoke ─┬─ done ─► checkpoint
                                                                ▲             └─ failed: expired? split? exhausted?
                                                                └── back-off ◄─────────────────┘
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from localstack.services.lambda_.event_source_mapping.event_processor import BatchFailureError, PartialBatchFailureError
from localstack.services.lambda_.event_source_mapping.pollers.poller import get_batch_item_failures
from localstack.utils.backoff import ExponentialBackoff

from shaketable_localstack.mends import kinesis
from shaketable_localstack.mends.kinesis_shard import retention_seconds

LOG = logging.getLogger(__name__)
_IDLE_SECONDS = 1.0


@dataclass
class Policies:
    """What the mends of mappings change. The values here are the stock behaviour."""

    records_per_read: Callable[[int], int] = lambda batch_size: batch_size
    splits: Callable[[dict], bool] = lambda mapping: False
    counts_throttles: bool = True
    expires_at: Callable[[dict, float], float] | None = None
    remembers: bool = False


POLICIES = Policies()


@dataclass
class Batch:
    events: list[dict]
    attempts: int = 0
    error: dict | None = None


class ShardReader:
    def __init__(self, poller, mapping: dict, shard_id: str, after: int, on_done: Callable[[int], None]) -> None:
        self._poller = poller
        self._mapping = mapping
        self._shard_id = shard_id
        self._after = after
        self._on_done = on_done
        self._stopped: threading.Event = poller._is_shutdown
        name = f"shaketable-reader-{shard_id}-{mapping['UUID'][:8]}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                for records in self._next_batches():
                    if self._stopped.is_set():
                        return
                    self._deliver(records)
                    self._advance(records[-1].sequence_number)
            except Stopped:
                return
            except Exception as error:
                # The stream is gone, or something unexpected: the mapping goes on, as on AWS.
                LOG.warning("%s of %s: %s", self._shard_id, self._mapping["EventSourceArn"], error, exc_info=True)
                self._stopped.wait(_IDLE_SECONDS)

    def _advance(self, number: int) -> None:
        self._after = number
        self._on_done(number)

    def _next_batches(self) -> list[list]:
        stream = kinesis.stream_of_arn(self._mapping["EventSourceArn"])
        shard = stream.shards[self._shard_id]
        size = self._mapping["BatchSize"]
        oldest = time.time() - retention_seconds(stream)
        records, last, _ = shard.read(self._after, POLICIES.records_per_read(size), oldest)
        if not records:
            shard.wait(self._after, _IDLE_SECONDS)
            return []
        window_ends = time.monotonic() + (self._mapping.get("MaximumBatchingWindowInSeconds") or 0)
        while len(records) < size and time.monotonic() < window_ends and not self._stopped.is_set():
            shard.wait(last, min(_IDLE_SECONDS, max(0, window_ends - time.monotonic())))
            more, last, _ = shard.read(last, size - len(records), oldest)
            records += more
        return [records[start : start + size] for start in range(0, len(records), size)]

    def _deliver(self, records: list) -> None:
        """Returns when every record is processed, discarded or filtered; raises Stopped when the mapping is no longer."""
        poller = self._poller
        events = poller.transform_into_events([kinesis.as_record(record) for record in records], self._shard_id)
        events = poller.post_filter(poller.filter_events(poller.pre_filter(events)))
        if not events:
            return
        pending = [Batch(poller.add_source_metadata(events))]
        backoff = ExponentialBackoff()
        while pending:
            batch = self._without_expired(pending.pop(0))
            if not batch.events:
                continue
            left, waits = self._attempt(batch)
            pending = left + pending
            if not waits:
                backoff.reset()
            elif self._stopped.wait(backoff.next_backoff()):
                raise Stopped
            if self._stopped.is_set() and pending:
                raise Stopped

    def _attempt(self, batch: Batch) -> tuple[list[Batch], bool]:
        """What is left to do of the batch, and whether to wait before."""
        try:
            self._poller.processor.process_events_batch(batch.events)
            return [], False
        except PartialBatchFailureError as failure:
            left, error = self._from_lowest_failed(batch.events, failure), failure.error
        except BatchFailureError as failure:
            left, error = batch.events, failure.error
        except Exception as error:
            LOG.debug("a batch of %s did not reach its function: %s", self._shard_id, error)
            counted = batch.attempts + (1 if POLICIES.counts_throttles else 0)
            return self._unless_exhausted(Batch(batch.events, counted, batch.error))
        if len(left) > 1 and POLICIES.splits(self._mapping):
            middle = len(left) // 2
            return [Batch(left[:middle], batch.attempts, error), Batch(left[middle:], batch.attempts, error)], False
        return self._unless_exhausted(Batch(left, batch.attempts + 1, error))

    def _from_lowest_failed(self, events: list[dict], failure: PartialBatchFailureError) -> list[dict]:
        numbers = {self._poller.get_sequence_number(event) for event in events}
        failed = get_batch_item_failures(failure.partial_failure_payload, numbers)
        return events if not failed else self._poller.bisect_events(min(failed, key=int), events)[1]

    def _unless_exhausted(self, batch: Batch) -> tuple[list[Batch], bool]:
        retries_max = self._mapping["MaximumRetryAttempts"]
        if retries_max == -1 or batch.attempts <= retries_max:
            return [batch], True
        self._discard(batch.events, "RetryAttemptsExhausted", batch)
        return [], False

    def _without_expired(self, batch: Batch) -> Batch:
        arrived = self._poller.get_approximate_arrival_time
        if POLICIES.expires_at is None:
            age = self._mapping["MaximumRecordAgeInSeconds"]
            limit = time.time() - age if age > 0 else 0
        else:
            limit = POLICIES.expires_at(self._mapping, time.time())
        expired = [event for event in batch.events if arrived(event) < limit]
        if expired:
            self._discard(expired, "RecordAgeExceeded", batch)
        return Batch([event for event in batch.events if arrived(event) >= limit], batch.attempts, batch.error)

    def _discard(self, events: list[dict], condition: str, batch: Batch) -> None:
        error = batch.error or {"requestId": str(uuid.uuid4())}
        context = self._poller.processor.generate_event_failure_context(
            abort_condition=condition, error=error, attempts_count=batch.attempts
        )
        self._poller.send_events_to_dlq(self._shard_id, events, context=context)


class Stopped(Exception):
    """The mapping was changed, disabled or deleted while a batch was being tried again."""
