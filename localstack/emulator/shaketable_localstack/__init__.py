"""What we add to LocalStack in host mode: an executor that runs Lambda functions as processes, and mends of its semantics.

It is never installed. A folder on PYTHONPATH with this package and its .dist-info beside it is enough for LocalStack to
find the entry points. Everything that it is told comes in environment variables that begin with SHAKETABLE_:

    SHAKETABLE_MENDS              all (default), none, or names with commas
    SHAKETABLE_TRACE_SOCKET       Unix socket of the runner; without it functions run untold
    SHAKETABLE_FUNCTION_ENDPOINT  what functions get as AWS_ENDPOINT_URL; without it LocalStack itself
    SHAKETABLE_NODE               the Node that runs functions; without it the one in PATH
    SHAKETABLE_NODE_PATH          folders with packages that Node functions find besides their own
    SHAKETABLE_TIMEOUT_MS_MAX     caps how long a planned timeout takes
"""
