"""Puts providers of ours in the place of LocalStack's for Kinesis and DynamoDB. Not a mend: without the mends it gives the
plain moto backends, because the programs behind the stock providers (kinesis-mock, DynamoDB Local) are not installed.
"""

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.kinesis import KinesisApi
from localstack.services import providers
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import PLUGIN_NAMESPACE, Service, ServicePluginAdapter
from plux import PluginSpec


def use(api: str, provider: type, dispatcher=MotoFallbackDispatcher) -> None:
    """The entry point `<api>:default` names an attribute of LocalStack's `providers`, which has not been read yet."""

    def create() -> Service:
        return Service.for_provider(provider(), dispatch_table_factory=dispatcher)

    def factory() -> ServicePluginAdapter:
        return ServicePluginAdapter(api=api, create_service=create)

    if not isinstance(getattr(providers, api), PluginSpec):
        raise TypeError(f"localstack.services.providers.{api} is no plugin; these mends are for LocalStack 4.8.1")
    setattr(providers, api, PluginSpec(PLUGIN_NAMESPACE, f"{api}:default", factory=factory))


class PlainKinesis(KinesisApi):
    pass


class PlainDynamodb(DynamodbApi):
    pass


def use_plain(kinesis: bool, dynamodb: bool) -> None:
    if kinesis:
        use("kinesis", PlainKinesis)
    if dynamodb:
        use("dynamodb", PlainDynamodb)
