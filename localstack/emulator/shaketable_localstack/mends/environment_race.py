"""Invocations at the same time do not trip over each other.

AWS: of course not. Stock: looking for a free environment walks over a dictionary that another invocation may be adding to, and
then fails ("dictionary changed size during iteration") as a system error: a batch that is tried again without reason. Here:
the walk is over a copy. Patches AssignmentService.__init__ of localstack/services/lambda_/invocation/assignment.py, whose
get_environment walks.
"""

from collections import defaultdict

from localstack.services.lambda_.invocation.assignment import AssignmentService

from shaketable_localstack.mends.patching import expect, replace


class _Environments(dict):
    def values(self):
        return list(super().values())


def mend() -> None:
    expect(AssignmentService, "get_environment", "7c36e9cac347")

    def make(original):
        def __init__(self):
            original(self)
            self.environments = defaultdict(_Environments)

        return __init__

    replace(AssignmentService, "__init__", "ad88ee390482", make)
