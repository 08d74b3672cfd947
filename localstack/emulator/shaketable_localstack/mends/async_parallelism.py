"""How many asynchronous invocations of a function run at once.

AWS: as many as the concurrency allows, 1,000 in an account. Stock: a pool of the machine's cores + 4 threads a function. Here:
SHAKETABLE_ASYNC_PARALLELISM, 8 unless given; each one is a process, so 64 on two cores would start a storm of them. Patches
Poller.__init__ of localstack/services/lambda_/invocation/event_manager.py.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from localstack.services.lambda_.invocation.event_manager import Poller

from shaketable_localstack.mends.patching import replace


def mend() -> None:
    width = int(os.environ.get("SHAKETABLE_ASYNC_PARALLELISM") or 8)

    def make(original):
        def __init__(self, version_manager, event_queue_url):
            original(self, version_manager, event_queue_url)
            self.invoker_pool.shutdown(wait=False)
            name = version_manager.function_version.id.function_name
            self.invoker_pool = ThreadPoolExecutor(width, thread_name_prefix=f"lambda-invoker-{name}")

        return __init__

    replace(Poller, "__init__", "3c47d15e1b83", make)
