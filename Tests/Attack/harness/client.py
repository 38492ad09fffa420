"""A client that reads answers to the letter: what is framed wrongly, or is no end of an answer, is told."""

import re
import socket
import time

from .pace import paced

TOKEN = re.compile(rb"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Answer:
    """One answer. `status` is 0 where there was none; `fault` says what was wrong with it, None where it is whole."""

    def __init__(self):
        self.status, self.fields, self.body, self.fault = 0, [], b"", None
        self.interim, self.rest = [], b""
        self.seconds = 0.0

    @property
    def is_whole(self):
        return self.status != 0 and self.fault is None

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name):
        values = self.all(name)
        return values[0] if values else None

    def __str__(self):
        if self.fault:
            return f"{self.status or 'no answer'} ({self.fault})"
        return f"{self.status} with {len(self.body)} bytes {self.body[:40]!r}"


class Connection:
    def __init__(self, port, timeout=10, path=None):
        timeout = paced(timeout)
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(path))
        else:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.deadline = time.monotonic() + timeout
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _more(self):
        self.socket.settimeout(max(0.001, self.deadline - time.monotonic()))
        data = self.socket.recv(1 << 16)
        self.buffer += data
        return bool(data)

    def _until(self, mark, most=1 << 20):
        while mark not in self.buffer:
            if len(self.buffer) > most or not self._more():
                return None
        part, _, self.buffer = self.buffer.partition(mark)
        return part

    def _exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                return None
        part, self.buffer = self.buffer[:count], self.buffer[count:]
        return part

    def read(self, method="GET"):
        """The next answer, interim ones apart."""
        answer, start = Answer(), time.monotonic()
        try:
            answer.fault = self._read(answer, method)
        except TimeoutError:
            answer.fault = "nothing more came in time"
        except OSError as error:
            answer.fault = type(error).__name__
        answer.seconds = time.monotonic() - start
        return answer

    def _read(self, answer, method):
        while True:
            head = self._until(b"\r\n\r\n")
            if head is None:
                return f"closed in the head {self.buffer[:60]!r}" if self.buffer else "closed without an answer"
            fault = self._read_head(head, answer)
            if fault:
                return fault
            if answer.status >= 200 or answer.status == 101:
                break
            answer.interim.append((answer.status, answer.fields))
        return self._read_body(answer, method)

    def _read_head(self, head, answer):
        lines = head.split(b"\r\n")
        match = re.fullmatch(rb"HTTP/1\.1 ([1-9]\d\d) ([^\x00-\x08\x0a-\x1f\x7f]*)", lines[0])
        if not match:
            return f"status line {lines[0][:60]!r}"
        answer.status, answer.fields = int(match[1]), []
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.match(name) or CONTROL.search(value):
                return f"field line {line[:60]!r}"
            answer.fields.append((name.decode(), value.strip(b" \t").decode("latin1")))
        return None

    def _read_body(self, answer, method):
        lengths, codings = answer.all("content-length"), answer.all("transfer-encoding")
        if len(lengths) > 1 or len(codings) > 1 or (lengths and codings):
            return f"framed twice: {lengths} {codings}"
        if lengths and not re.fullmatch(r"\d{1,18}", lengths[0]):
            return f"Content-Length {lengths[0]!r}"
        if codings and codings[0].lower() != "chunked":
            return f"Transfer-Encoding {codings[0]!r}"
        if method == "HEAD" or answer.status in (101, 204, 304):
            return None
        if codings:
            return self._read_chunks(answer)
        if lengths:
            body = self._exactly(int(lengths[0]))
            if body is None:
                answer.body, self.buffer = self.buffer, b""
                return f"{len(answer.body)} of {lengths[0]} bytes"
            answer.body = body
            return None
        while self._more():
            pass
        answer.body, self.buffer = self.buffer, b""
        # Whoever reads to the end cannot tell an end from a break.
        return "ends with the connection"

    def _read_chunks(self, answer):
        parts = []
        while True:
            line = self._until(b"\r\n", 8192)
            if line is None or not re.fullmatch(rb"[0-9a-fA-F]{1,16}", line):
                answer.body = b"".join(parts)
                return f"chunked, broken after {len(answer.body)} bytes"
            size = int(line, 16)
            if size == 0:
                break
            part = self._exactly(size)
            end = self._exactly(2) if part is not None else None
            if end != b"\r\n":
                answer.body = b"".join(parts)
                return f"chunked, broken after {len(answer.body)} bytes"
            parts.append(part)
        answer.body = b"".join(parts)
        while (line := self._until(b"\r\n", 8192)) != b"":
            if line is None:
                return "chunked, no end of the trailers"
        return None

    def is_closed(self, within=5):
        """Whether the server ends the connection within so many seconds."""
        self.deadline = time.monotonic() + paced(within)
        try:
            while self._more():
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True


def request(target, method="GET", fields=(), body=None, host="localhost", close=True):
    """The octets of a request. `fields` has pairs or whole lines, of text (Latin-1) or bytes."""

    def octets(text):
        return text if isinstance(text, bytes) else text.encode("latin1")

    lines = [octets(method) + b" " + octets(target) + b" HTTP/1.1"]
    if host is not None:
        lines.append(b"Host: " + octets(host))
    for field in dict(fields).items() if isinstance(fields, dict) else fields:
        lines.append(octets(field) if isinstance(field, (str, bytes)) else octets(field[0]) + b": " + octets(field[1]))
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    if close:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


def ask(port, target, method="GET", fields=(), body=None, timeout=10, **more):
    """One request on a connection of its own."""
    start = time.monotonic()
    try:
        with Connection(port, timeout) as connection:
            try:
                connection.send(request(target, method, fields, body, **more))
            except OSError:
                # An answer may have come before the request was taken whole.
                pass
            answer = connection.read(method)
    except OSError as error:
        answer = Answer()
        answer.fault = f"{type(error).__name__} at connect"
    answer.seconds = time.monotonic() - start
    return answer
