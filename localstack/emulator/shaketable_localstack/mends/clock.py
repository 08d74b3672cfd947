"""The compressed clock of asynchronous invocations. AWS waits one minute before the second attempt and two before the third;
SHAKETABLE_ASYNC_RETRY_MS="1000,2000" says what they take here. Everything else that AWS measures in minutes or hours for
them shrinks by the same factor.
"""

import os

AWS_FIRST_DELAY_MS = 60_000


def retry_delays_ms() -> tuple[float, float]:
    text = os.environ.get("SHAKETABLE_ASYNC_RETRY_MS") or "1000,2000"
    delays = tuple(float(part) for part in text.split(","))
    if len(delays) != 2 or min(delays) < 0:
        raise ValueError(f"SHAKETABLE_ASYNC_RETRY_MS={text}: two delays in ms expected, as in 1000,2000")
    return delays


def compression() -> float:
    """How many times faster than on AWS the time of an asynchronous invocation goes by."""
    return AWS_FIRST_DELAY_MS / max(1.0, retry_delays_ms()[0])
