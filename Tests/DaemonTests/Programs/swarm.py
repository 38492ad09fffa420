"""Many clients at once.

    swarm.py fetch PORT CLIENTS PREFIX FIRST COUNT    fetches PREFIX/FIRST and on, and prints what each answer is, in order
    swarm.py storm PORT CLIENTS PREFIX COUNT          fetches PREFIX/0 … over and over, whatever becomes of it, until it is killed
"""

import hashlib
import http.client
import json
import random
import socket
import sys
import threading
import time

# How an answer is framed and dated is each server's own business.
OWN = {"date", "content-length", "transfer-encoding", "connection", "keep-alive"}
# Fields of one connection of the upstream in this house.
HOP = {"x-hop"}


class Client(http.client.HTTPConnection):
    def connect(self):
        super().connect()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def ask(client, path):
    """The answer, and its body. A connection that was kept may have been closed just as the request went out: then it is asked again."""
    while True:
        is_kept = client.sock is not None
        try:
            client.request("GET", path)
            answer = client.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            client.close()
            if not is_kept:
                raise
            continue
        return answer, answer.read()


def fetch(port, prefix, numbers, answers):
    client = Client("127.0.0.1", port, timeout=60)
    for number in numbers:
        answer, body = ask(client, f"{prefix}/{number}")
        fields = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in OWN | HOP]
        answers[number] = [answer.status, fields, len(body), hashlib.sha256(body).hexdigest()]
    client.close()


def storm(port, prefix, count):
    while True:
        client = Client("127.0.0.1", port, timeout=10)
        try:
            while True:
                client.request("GET", f"{prefix}/{random.randrange(count)}")
                client.getresponse().read()
        except (OSError, http.client.HTTPException):
            client.close()
            time.sleep(0.002)


def main():
    mode, port, clients, prefix = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    if mode == "storm":
        work, shares = storm, [(port, prefix, int(sys.argv[5]))] * clients
    else:
        first, count = int(sys.argv[5]), int(sys.argv[6])
        answers = {}
        work, shares = fetch, [(port, prefix, range(first + client, first + count, clients), answers) for client in range(clients)]
    threads = [threading.Thread(target=work, args=share, daemon=True) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in sorted(answers):
        print(json.dumps([number] + answers[number]))


main()
