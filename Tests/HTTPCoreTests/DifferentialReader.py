# Reads exchanges with parsers that are not ours, and says what they understood: `DifferentialReader.py INPUT OUTPUT`.
#
# INPUT holds exchanges, each after a line with its length. OUTPUT gets a line of JSON for each:
# {"stdlib": READING, "grammar": READING, "h11": READING}, the last only where h11 is installed. A reading is {"refused": why} or what was read; octets are written as the characters U+0000 to U+00FF.
#
# The standard library reads requests in http.server and bodies in http.client, the latter as those of a response with the same fields: what it
# has for requests stops at the head.
import http.client
import http.server
import io
import json
import sys

sys.dont_write_bytecode = True
import GrammarReader

try:
    import h11
except ImportError:
    h11 = None


class Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, octets):
        self.rfile = io.BytesIO(octets)
        self.refusal = None

    def read(self):
        self.raw_requestline = self.rfile.readline(65537)
        # RFC 9112 §2.2: a server skips empty lines before a request; http.server leaves that to the loop around it.
        while self.raw_requestline == b"\r\n":
            self.raw_requestline = self.rfile.readline(65537)
        if self.parse_request():
            return None
        return self.refusal or "no request"

    def send_error(self, code, message=None, explain=None):
        self.refusal = f"{int(code)} {message}"

    def handle_expect_100(self):
        return True


class Socket:
    def __init__(self, octets):
        self.file = io.BytesIO(octets)

    def makefile(self, mode):
        return self.file


def read_body(head_fields, rest):
    """Content and the octets that it took, as a response with these fields would have them."""
    status_line = b"HTTP/1.1 200 OK\r\n"
    socket = Socket(status_line + head_fields + rest)
    response = http.client.HTTPResponse(socket, method="GET")
    response.begin()
    start = len(status_line) + len(head_fields)
    if not response.chunked and response.length is None:
        return b"", 0
    # The response closes its file at the end of the body.
    file = socket.file
    file.close = lambda: None
    content = response.read()
    return content, file.tell() - start


def latin(octets):
    return octets.decode("iso-8859-1")


def read_with_stdlib(octets):
    handler = Handler(octets)
    try:
        refusal = handler.read()
    except Exception as error:
        refusal = repr(error)
    if refusal is not None:
        return {"refused": refusal}
    end = handler.rfile.tell()
    reading = {
        "method": handler.command, "target": handler.path, "version": handler.request_version, "headEnd": end,
        "fields": [[name, value] for name, value in handler.headers.items()],
    }
    # http.client leaves the blanks after a value in it, and then takes "chunked " for no coding it knows.
    fields = "".join(f"{name}: {value.strip()}\r\n" for name, value in handler.headers.items()).encode("iso-8859-1")
    try:
        content, length = read_body(fields + b"\r\n", octets[end:])
        reading.update(content=latin(content), end=end + length)
    except Exception as error:
        reading["bodyRefused"] = repr(error)
    return reading


def read_with_h11(octets):
    skipped = 0
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    # As above: empty lines before a request.
    while octets.startswith(b"\r\n"):
        octets = octets[2:]
        skipped += 2
    connection.receive_data(octets)
    reading = {}
    try:
        request = connection.next_event()
        if not isinstance(request, h11.Request):
            return {"refused": repr(request)}
        reading = {
            "method": latin(request.method), "target": latin(request.target), "version": "HTTP/" + latin(request.http_version),
            "fields": [[latin(name), latin(value)] for name, value in request.headers.raw_items()],
        }
        content = b""
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                content += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                reading["bodyRefused"] = repr(event)
                return reading
        reading.update(content=latin(content), end=skipped + len(octets) - len(connection.trailing_data[0]))
        return reading
    except h11.RemoteProtocolError as error:
        if not reading:
            return {"refused": str(error)}
        reading["bodyRefused"] = str(error)
        return reading


with open(sys.argv[1], "rb") as source, open(sys.argv[2], "w") as output:
    while line := source.readline():
        octets = source.read(int(line))
        readings = {"stdlib": read_with_stdlib(octets), "grammar": GrammarReader.read(octets)}
        if h11:
            readings["h11"] = read_with_h11(octets)
        print(json.dumps(readings), file=output)
