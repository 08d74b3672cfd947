"""The entry points by which LocalStack finds us: the executor, a hook that applies the mends before any service loads, and
one that says, once all is up, whose process this is.
"""

import logging
import os

from localstack.http import Response
from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

LOG = logging.getLogger(__name__)


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    name = "shaketable"

    def load(self, *args, **kwargs):
        from shaketable_localstack.executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


# Above all others: LocalStack's own hooks already load services.
@hooks.on_infra_start(priority=1000)
def apply_mends() -> None:
    try:
        from shaketable_localstack import mends
    except ImportError as error:
        LOG.error("mends could not be loaded: %s", error)
        return
    if hasattr(mends, "apply"):
        mends.apply()


@hooks.on_infra_ready()
def answer_with_pid() -> None:
    """The runner takes us for ready when this answers: another LocalStack on the same port gives another number."""
    from localstack.services.edge import ROUTER

    ROUTER.add("/_shaketable/pid", lambda request: Response(str(os.getpid()), mimetype="text/plain"))
