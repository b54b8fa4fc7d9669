"""MiniStack with a poller of its own for each kind of event source.

MiniStack polls queues, Kinesis and the streams of DynamoDB in one thread, and waits there for each run of a function that reads a stream.
With AWS Lambda event source mappings do not wait for each other: here a batch of telemetry held up crashes for seconds.
"""

import functools
import logging
import threading
import time

from ministack.app import app  # noqa: F401: hypercorn serves it
from ministack.services import lambda_svc

IDLE_SECONDS = 0.1

log = logging.getLogger("pollers")


def follow(poll):
    """Polls as long as there is work, and looks for new work after a pause."""
    while True:
        worked = False
        try:
            worked = poll()
        except Exception:  # a stream that goes while it is read; the next pass does not see it
            log.exception("poll of streams failed")
        if not worked:
            time.sleep(IDLE_SECONDS)


def apart(name):
    """Takes a kind's poll out of the common loop, into a thread."""
    poll = getattr(lambda_svc, name)  # fails at the start if MiniStack has it no more
    setattr(lambda_svc, name, lambda: False)
    threading.Thread(target=follow, args=(poll,), name=name, daemon=True).start()


@functools.cache
def part():
    for name in ("_poll_kinesis", "_poll_dynamodb_streams"):
        apart(name)


common = lambda_svc._ensure_poller


def ensure_poller():
    part()
    common()


lambda_svc._ensure_poller = ensure_poller
