"""Deploying without long naps. Not a difference of semantics, only of time.

Stock: LAMBDA_SYNCHRONOUS_CREATE looks every 0.5 s whether a function is there, CloudFormation every 5 s whether a resource
is, and an update of a function every second. Here every 20 ms. Patches `poll_condition` as used by
localstack/services/lambda_/provider.py, ResourceProviderExecutor.deploy_loop of
localstack/services/cloudformation/resource_provider.py, and the delay of botocore's waiter in LambdaFunctionProvider.update.
"""

import functools

from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.services.lambda_ import provider
from localstack.services.lambda_.resource_providers.aws_lambda_function import LambdaFunctionProvider

from shaketable_localstack.mends.patching import replace

_LOOK_SECONDS = 0.02
_LOOKS_MAX = 3000


def mend() -> None:
    replace(provider, "poll_condition", "997b1ca3ea68", lambda original: functools.partial(original, interval=_LOOK_SECONDS))

    def make_loop(original):
        def deploy_loop(self, resource_provider, resource, raw_payload, *args, **kwargs):
            return original(self, resource_provider, resource, raw_payload, sleep_time=_LOOK_SECONDS)

        return deploy_loop

    replace(ResourceProviderExecutor, "deploy_loop", "cf04551bdbdc", make_loop)

    def make_update(original):
        def update(self, request):
            request.aws_client_factory.lambda_ = _Impatient(request.aws_client_factory.lambda_)
            return original(self, request)

        return update

    replace(LambdaFunctionProvider, "update", "3607dab15aa5", make_update)


class _Impatient:
    """A Lambda client whose waiters look often."""

    def __init__(self, client) -> None:
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    def get_waiter(self, name):
        waiter = self._client.get_waiter(name)
        waiter.config.delay = _LOOK_SECONDS
        waiter.config.max_attempts = _LOOKS_MAX
        return waiter
