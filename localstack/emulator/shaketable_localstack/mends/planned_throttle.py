"""An invocation that the fault plan refuses, as when the concurrency is used up.

AWS: 429 for who invokes synchronously; an asynchronous event goes back to the queue; the function's processes are not touched.
Stock: any exception on the way to the function ends its process, so the executor could not refuse without a cold start.
Here: TooManyRequestsException raised by the executor frees the environment for the next event. Patches
AssignmentService.stop_environment of localstack/services/lambda_/invocation/assignment.py.
"""

import sys

from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.services.lambda_.invocation.assignment import AssignmentService

from shaketable_localstack.mends.patching import replace


def mend() -> None:
    def make(original):
        def stop_environment(self, environment):
            if isinstance(sys.exc_info()[1], TooManyRequestsException):
                environment.release()
                return
            original(self, environment)

        return stop_environment

    replace(AssignmentService, "stop_environment", "1ec36826ceb1", make)
