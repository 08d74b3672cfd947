"""ReservedConcurrentExecutions of a function in a template.

AWS: CloudFormation sets it on create and update, and takes it away when it leaves the template. Stock: ignored. SAM
templates become CloudFormation first, so this is theirs as well. Patches LambdaFunctionProvider.create and .update of
localstack/services/lambda_/resource_providers/aws_lambda_function.py.
"""

from localstack.services.cloudformation.resource_provider import OperationStatus
from localstack.services.lambda_.resource_providers.aws_lambda_function import LambdaFunctionProvider

from shaketable_localstack.mends.patching import replace


def mend() -> None:
    def make_create(original):
        def create(self, request):
            event = original(self, request)
            if event.status == OperationStatus.SUCCESS:
                _reserve(request, event.resource_model["FunctionName"])
            return event

        return create

    def make_update(original):
        def update(self, request):
            event = original(self, request)
            if event.status == OperationStatus.SUCCESS:
                _reserve(request, event.resource_model["FunctionName"])
            return event

        return update

    replace(LambdaFunctionProvider, "create", "c35a6ff49144", make_create)
    replace(LambdaFunctionProvider, "update", "3607dab15aa5", make_update)


def _reserve(request, name: str) -> None:
    client = request.aws_client_factory.lambda_
    wanted = request.desired_state.get("ReservedConcurrentExecutions")
    if wanted is not None:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(wanted))
    elif (request.previous_state or {}).get("ReservedConcurrentExecutions") is not None:
        client.delete_function_concurrency(FunctionName=name)
