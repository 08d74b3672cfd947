"""DynamoDB: an item is read, tested and written as one.

AWS: a condition and the write that it guards are atomic. Stock: DynamoDB Local, a Java program that we do not install; plain
moto reads, tests and writes without a lock, so two conditional puts of one key can both succeed. Here: moto, one call at a
time. Replaces the provider `dynamodb:default` of localstack/services/providers.py.
"""

import threading

from localstack.services.moto import MotoFallbackDispatcher

from shaketable_localstack.mends import moto_backends

_lock = threading.RLock()


def _one_at_a_time(provider: object) -> dict:
    def guarded(function):
        def call(*args, **kwargs):
            with _lock:
                return function(*args, **kwargs)

        return call

    return {operation: guarded(function) for operation, function in MotoFallbackDispatcher(provider).items()}


def mend() -> None:
    moto_backends.use("dynamodb", moto_backends.PlainDynamodb, _one_at_a_time)
