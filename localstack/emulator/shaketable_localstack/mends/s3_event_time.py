"""The time in an S3 event.

AWS: UTC. Stock: the time of the machine's zone, with a Z behind it, so in Tokyo it is nine hours ahead. Patches
S3EventNotificationContext.from_request_context_native of localstack/services/s3/notifications.py, where `event_time` is set.
"""

from datetime import UTC, datetime

from localstack.services.s3.notifications import S3EventNotificationContext

from shaketable_localstack.mends.patching import replace


def mend() -> None:
    def make(original):
        def from_request_context_native(request_context, s3_bucket, s3_object):
            event = original(request_context, s3_bucket, s3_object)
            event.event_time = datetime.now(UTC).replace(tzinfo=None)
            return event

        return from_request_context_native

    replace(S3EventNotificationContext, "from_request_context_native", "76a1620cf6bd", make)
