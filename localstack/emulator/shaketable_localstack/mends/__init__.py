"""Mends of what LocalStack 4.8.1 does differently from AWS, one a file, each with what AWS does, what the stock version does
and which function is patched. SHAKETABLE_MENDS says which ones apply: `all` (default), `none`, or names with commas.

The conformance tests prove every one of them, and that the stock version fails without it.
"""

import importlib
import logging
import os
import sys

from shaketable_localstack.mends.patching import VersionDrift

LOG = logging.getLogger(__name__)

# In the order in which they are applied; those that a mend builds on come first.
NAMES = (
    "kinesis",
    "dynamodb",
    "shards_in_parallel",
    "poll_records",
    "bisect",
    "mapping_update",
    "mapping_throttles",
    "record_expiry",
    "async_parallelism",
    "async_retry",
    "throttle_backoff",
    "dlq_request_id",
    "dlq_concurrency_zero",
    "planned_throttle",
    "environment_race",
    "payload_limits",
    "s3_event_key",
    "s3_event_time",
    "reserved_concurrency_cfn",
    "fast_create",
)


def chosen(text: str) -> tuple[str, ...]:
    """The names that SHAKETABLE_MENDS stands for, in the order in which they are applied."""
    if text in ("", "all"):
        return NAMES
    if text == "none":
        return ()
    wanted = {name.strip() for name in text.split(",") if name.strip()}
    unknown = wanted - set(NAMES)
    if unknown:
        raise ValueError(f"SHAKETABLE_MENDS: no mend {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    return tuple(name for name in NAMES if name in wanted)


def apply(names: tuple[str, ...] | None = None) -> None:
    """Called once, before any service loads. A mend that does not fit ends the emulator, with the reason as its last words:
    without it, tests would pass or fail for reasons that nobody sees."""
    try:
        _apply(chosen(os.environ.get("SHAKETABLE_MENDS", "all")) if names is None else names)
    except Exception as error:
        print(f"CRITICAL shaketable: the mends cannot be applied: {error}", file=sys.stderr, flush=True)
        os._exit(70)


def _apply(names: tuple[str, ...]) -> None:
    if "kinesis" not in names or "dynamodb" not in names:
        # Their stock backends are programs that we do not install; without the mend it is moto as LocalStack wraps it.
        from shaketable_localstack.mends import moto_backends

        moto_backends.use_plain(kinesis="kinesis" not in names, dynamodb="dynamodb" not in names)
    for name in names:
        module = importlib.import_module(f"shaketable_localstack.mends.{name}")
        missing = [other for other in getattr(module, "BUILDS_ON", ()) if other not in names]
        if missing:
            raise ValueError(f"SHAKETABLE_MENDS: {name} builds on {', '.join(missing)}")
        try:
            module.mend()
        except VersionDrift as drift:
            raise VersionDrift(f"{name}: {drift}") from drift
    LOG.info("mends: %s", ", ".join(names) or "none")
