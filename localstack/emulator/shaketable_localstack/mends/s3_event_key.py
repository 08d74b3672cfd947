"""The object's key in an S3 event.

AWS: encoded as in a form, a space is `+` and a plus is `%2B`. Stock: a space is `%20`, so a function that only calls
decodeURIComponent passes here and fails on AWS. Patches S3EventNotificationContext.from_request_context_native of
localstack/services/s3/notifications.py, where `key_name` is set.
"""

from urllib.parse import quote_plus

from localstack.services.s3.notifications import S3EventNotificationContext

from shaketable_localstack.mends.patching import replace


def mend() -> None:
    def make(original):
        def from_request_context_native(request_context, s3_bucket, s3_object):
            event = original(request_context, s3_bucket, s3_object)
            event.key_name = quote_plus(s3_object.key, safe="/")
            return event

        return from_request_context_native

    replace(S3EventNotificationContext, "from_request_context_native", "76a1620cf6bd", make)
