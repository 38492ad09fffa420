"""Clients that ask for one thing over and over, each time over a connection of its own, until SIGTERM.

    singly.py PORT CLIENTS PATH    prints, at the end, {"answers": {STATUS: COUNT}, "failures": [WHAT, …]}

A line "asking" is printed once every client has had an answer.
"""

import collections
import http.client
import json
import signal
import sys
import threading

port, clients, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
answers, failures = collections.Counter(), []
begun = threading.Barrier(clients + 1)


def ask():
    is_first = True
    while not ended.is_set():
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            client.request("GET", path, headers={"Connection": "close"})
            answer = client.getresponse()
            answer.read()
            client.close()
            answers[answer.status] += 1
        except (OSError, http.client.HTTPException) as error:
            failures.append(repr(error))
        if is_first:
            begun.wait()
            is_first = False


threads = [threading.Thread(target=ask) for _ in range(clients)]
for thread in threads:
    thread.start()
begun.wait()
print("asking", flush=True)
ended.wait()
for thread in threads:
    thread.join()
print(json.dumps({"answers": answers, "failures": failures[:10]}))
