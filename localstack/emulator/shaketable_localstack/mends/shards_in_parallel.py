"""Shards of a stream, and lanes, do not wait for each other.

AWS: a poller for each shard; a batch that fails again and again blocks its own shard only. Stock: one thread of a mapping visits
the shards in turn, and stays with a failing batch for ever, so that disabling the mapping has no effect either. Here: a
thread for each shard, which the mapping's worker watches. Patches KinesisPoller.poll_events of
localstack/services/lambda_/event_source_mapping/pollers/stream_poller.py, EsmWorkerFactory.get_esm_worker and EsmWorker.stop,
.delete and .stop_for_shutdown beside it.
"""

from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.event_source_mapping.pollers.kinesis_poller import KinesisPoller
from localstack.services.lambda_.event_source_mapping.pollers.stream_poller import StreamPoller

from shaketable_localstack.mends import kinesis
from shaketable_localstack.mends.patching import expect, replace
from shaketable_localstack.mends.stream_reader import POLICIES, ShardReader

BUILDS_ON = ("kinesis",)
# How often new shards are looked for.
_WATCH_SECONDS = 1.0
# Of each mapping and shard, the last number that is done with.
_places: dict[tuple[str, str], int] = {}
# Of each mapping, the readers that may still be at work.
_readers: dict[str, dict[str, ShardReader]] = {}


def mend() -> None:
    # What ShardReader does instead of these.
    expect(StreamPoller, "poll_events_from_shard", "f20f7af87ffa")
    expect(StreamPoller, "forward_events_to_target", "9473064dbc51")
    replace(StreamPoller, "poll_events", "f472836299b7", lambda original: _only_for_kinesis(original))

    def make_worker(original):
        def get_esm_worker(self):
            worker = original(self)
            worker.poller.shaketable_mapping = dict(self.esm_config)
            return worker

        return get_esm_worker

    replace(EsmWorkerFactory, "get_esm_worker", "686f7c77017e", make_worker)
    for name, print_of_source in (("stop", "55e4147285f7"), ("delete", "d7a6ba58742b"), ("stop_for_shutdown", "4d88ee4c2471")):
        replace(EsmWorker, name, print_of_source, _also_closes_poller)


def _also_closes_poller(original):
    def ending(self):
        original(self)
        self.poller.close()

    return ending


def _only_for_kinesis(original):
    def poll_events(self) -> None:
        if isinstance(self, KinesisPoller) and hasattr(self, "shaketable_mapping"):
            _watch(self, self.shaketable_mapping)
        else:
            original(self)

    return poll_events


def _watch(poller: KinesisPoller, mapping: dict) -> None:
    """One round of the worker's loop: starts readers, then waits a little or until the mapping ends."""
    own = getattr(poller, "shaketable_readers", None)
    if own is None:
        if not _others_have_ended(poller, mapping["UUID"]):
            return
        own = poller.shaketable_readers = {}
        _readers[mapping["UUID"]] = own
    stream = kinesis.stream_of_arn(mapping["EventSourceArn"])
    for shard_id, shard in list(stream.shards.items()):
        if shard_id not in own and not poller._is_shutdown.is_set():
            after = _place(mapping, shard_id, shard)
            own[shard_id] = ShardReader(poller, mapping, shard_id, after, _noting(mapping["UUID"], shard_id))
    if poller._is_shutdown.wait(_WATCH_SECONDS):
        for reader in own.values():
            reader.join()


def _others_have_ended(poller: KinesisPoller, uuid: str) -> bool:
    """After a change of the mapping a batch under way is first finished by the reader that has it."""
    for reader in list(_readers.get(uuid, {}).values()):
        while reader.is_alive():
            if poller._is_shutdown.wait(0.02):
                return False
    return not poller._is_shutdown.is_set()


def _place(mapping: dict, shard_id: str, shard) -> int:
    known = _places.get((mapping["UUID"], shard_id)) if POLICIES.remembers else None
    if known is None:
        known = kinesis.position(shard, mapping["StartingPosition"], None, mapping.get("StartingPositionTimestamp"))
        _places[mapping["UUID"], shard_id] = known
    return known


def _noting(uuid: str, shard_id: str):
    def note(number: int) -> None:
        _places[uuid, shard_id] = number

    return note
