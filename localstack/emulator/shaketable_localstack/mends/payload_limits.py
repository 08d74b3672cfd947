"""How large an event and a result may be.

AWS: 6 MB for a synchronous event and its result; 1 MB for an asynchronous event (256 KB before October 2025;
SHAKETABLE_ASYNC_PAYLOAD_BYTES sets another). Larger ones are refused with 413, a larger result is a function error. Stock:
anything goes.
The result's limit is the executor's. Patches LambdaService.invoke of localstack/services/lambda_/invocation/lambda_service.py.
"""

import os

from localstack.aws.api.lambda_ import InvocationType, RequestTooLargeException
from localstack.services.lambda_.invocation.lambda_service import LambdaService

from shaketable_localstack.mends.patching import replace

SYNC_BYTES_MAX = 6 * 1024 * 1024


def mend() -> None:
    async_bytes_max = int(os.environ.get("SHAKETABLE_ASYNC_PAYLOAD_BYTES") or 1024 * 1024)

    def make(original):
        def invoke(self, *args, **kwargs):
            is_async = kwargs.get("invocation_type") == InvocationType.Event
            limit = async_bytes_max if is_async else SYNC_BYTES_MAX
            if len(kwargs.get("payload") or b"") > limit:
                raise RequestTooLargeException(
                    f"Request must be smaller than {limit} bytes for the InvokeFunction operation", Type="User"
                )
            return original(self, *args, **kwargs)

        return invoke

    replace(LambdaService, "invoke", "3884861bdc91", make)
