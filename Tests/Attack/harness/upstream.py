"""An upstream that answers whatever an attack likes, octet by octet."""

import socket
import struct
import threading
import time

CLOSE, RESET, HOLD = "close", "reset", "hold"


class Seen:
    """A request as the upstream had it."""

    def __init__(self, method, target, fields, body, connection):
        self.method, self.target, self.fields, self.body, self.connection = method, target, fields, body, connection
        self.time = time.monotonic()

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name):
        values = self.all(name)
        return ", ".join(values) if values else None


def response(body=b"", fields=(), status="200 OK", chunked=False):
    """A response as it should be."""
    lines = [f"HTTP/1.1 {status}"] + [line if isinstance(line, str) else f"{line[0]}: {line[1]}" for line in fields]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]) if part) + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin1") + b"\r\n\r\n" + body


class Upstream:
    """Listens on a port of its own and asks `respond(seen)` for each request.

    What `respond` gives is bytes, or steps: bytes are sent, numbers are seconds to wait, CLOSE ends the stream, RESET breaks the
    connection, HOLD says nothing more until the other side closes, and a function is called. After the last step the connection is kept.
    """

    def __init__(self, respond, run=None):
        self.respond = respond
        self.seen, self.connections, self.closed = [], 0, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_over = False
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()
        if run:
            run.at_end(self.stop)

    def stop(self):
        self.is_over = True
        self.listener.close()
        with self.lock:
            connections = list(self.open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def requests(self, path=None):
        with self.lock:
            return [seen for seen in self.seen if path is None or seen.target.split("?")[0] == path]

    def _accept(self):
        while not self.is_over:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                self.open.add(connection)
                number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        try:
            buffer = b""
            while not self.is_over:
                seen, buffer = self._read(connection, buffer, number)
                if seen is None:
                    break
                with self.lock:
                    self.seen.append(seen)
                if not self._perform(connection, self.respond(seen)):
                    break
        except (OSError, ValueError):
            pass
        finally:
            connection.close()
            with self.lock:
                self.closed += 1
                self.open.discard(connection)

    def _read(self, connection, buffer, number):
        while b"\r\n\r\n" not in buffer:
            data = connection.recv(1 << 16)
            if not data:
                return None, b""
            buffer += data
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        seen = Seen(method, target, fields, b"", number)
        seen.head = head
        if seen.one("expect"):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if (seen.one("transfer-encoding") or "").lower() == "chunked":
            seen.body, buffer = self._read_chunks(connection, buffer)
        else:
            length = int(seen.one("content-length") or 0)
            kept = []
            while length > 0:
                if not buffer:
                    buffer = connection.recv(1 << 18)
                    if not buffer:
                        raise ValueError("closed in the body")
                kept.append(buffer[:length] if length < 1 << 16 else b"")
                taken = min(length, len(buffer))
                length, buffer = length - taken, buffer[taken:]
            seen.body = b"".join(kept)
        return seen, buffer

    @staticmethod
    def _read_chunks(connection, buffer):
        body = b""

        def line():
            nonlocal buffer
            while b"\r\n" not in buffer:
                data = connection.recv(1 << 18)
                if not data:
                    raise ValueError("closed in the body")
                buffer += data
            first, _, buffer = buffer.partition(b"\r\n")
            return first

        while (size := int(line(), 16)) > 0:
            while len(buffer) < size + 2:
                data = connection.recv(1 << 18)
                if not data:
                    raise ValueError("closed in the body")
                buffer += data
            body += buffer[: min(size, 65536)]
            buffer = buffer[size + 2 :]
        while line():
            pass
        return body, buffer

    def _perform(self, connection, steps):
        for step in [steps] if isinstance(steps, (bytes, str)) else steps:
            if isinstance(step, bytes):
                connection.sendall(step)
            elif step == CLOSE:
                connection.shutdown(socket.SHUT_WR)
                # What the other side has sent and nobody read would make a reset of it.
                connection.settimeout(5)
                while connection.recv(1 << 16):
                    pass
                return False
            elif step == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            elif step == HOLD:
                while connection.recv(1 << 16):
                    pass
                return False
            elif callable(step):
                step()
            else:
                time.sleep(step)
        return True
