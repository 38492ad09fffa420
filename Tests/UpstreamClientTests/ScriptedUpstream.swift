// A server for the tests to talk to: one Python process, one behaviour per path. It ends with its standard input, and so
// with the test process, however that ends.

import Foundation

/// A running server on a port of its own of the loopback interface.
final class ScriptedUpstream: Sendable {
  let port: Int
  private let process: Process
  private let input: Pipe

  /// Started with the first test that needs it.
  static let plain = ScriptedUpstream(arguments: [])

  init(arguments: [String]) {
    process = Process()
    input = Pipe()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-u", "-c", Self.program] + arguments
    process.standardInput = input
    process.standardOutput = output
    do { try process.run() } catch { fatalError("python3 does not start: \(error)") }
    let line = output.fileHandleForReading.availableData
    guard let port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) else {
      fatalError("the scripted upstream gave no port")
    }
    self.port = port
  }

  deinit { process.terminate() }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  private static let program = """
    import os, socket, ssl, struct, sys, threading
    listener = socket.create_server(('127.0.0.1', 0), backlog=128)
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    print(listener.getsockname()[1])
    gates, connections, lock = {}, [0], threading.Lock()
    def gate(name):
        with lock: return gates.setdefault(name, threading.Event())
    def simple(body, extra=b''):
        return b'HTTP/1.1 200 OK\\r\\n' + extra + b'Content-Length: %d\\r\\n\\r\\n' % len(body) + body
    def chunk(data): return b'%x\\r\\n' % len(data) + data + b'\\r\\n'
    CHUNKED = b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'
    def answer(path, request, number, c):
        send = c.sendall
        if path == '/plain': send(simple(b'hello'))
        elif path == '/fields': send(b'HTTP/1.1 404 Not here\\r\\nB: 1\\r\\nSet-Cookie: a=1\\r\\nA:  two \\r\\nSet-Cookie: b=2\\r\\nFold: x\\r\\n  y\\r\\nContent-Length: 0\\r\\n\\r\\n')
        elif path == '/echo': send(simple(request))
        elif path == '/connection': send(simple(b'%d' % number))
        elif path == '/chunked': send(CHUNKED + chunk(b'hello, ') + chunk(b'world') + b'0\\r\\nTrailer: x\\r\\n\\r\\n')
        elif path == '/interim': send(b'HTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 103 Early Hints\\r\\nLink: x\\r\\n\\r\\n' + simple(b'final', b'X: y\\r\\n'))
        elif path == '/interim-for-ever':
            try:
                while True: send(b'HTTP/1.1 103 Early Hints\\r\\n\\r\\n')
            except OSError: return False
        elif path == '/redirect': send(b'HTTP/1.1 302 Found\\r\\nLocation: /plain\\r\\nContent-Length: 0\\r\\n\\r\\n')
        elif path == '/gzip': send(simple(b'not really gzip', b'Content-Encoding: gzip\\r\\n'))
        elif path == '/close': send(b'HTTP/1.0 200 OK\\r\\n\\r\\nuntil the end'); return False
        elif path == '/short': send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\nonly this'); return False
        elif path == '/short-chunked': send(CHUNKED + chunk(b'only this')); return False
        elif path == '/bad-chunk': send(CHUNKED + b'xyz\\r\\nhello'); return False
        elif path == '/long': send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello, world'); return False
        elif path == '/two-lengths': send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nContent-Length: 6\\r\\n\\r\\nhello'); return False
        elif path == '/reset':
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); return False
        elif path == '/empty': return False
        elif path == '/garbage': send(b'SSH-2.0-OpenSSH\\r\\n'); return False
        elif path == '/huge-head': send(b'HTTP/1.1 200 OK\\r\\n' + b''.join(b'X-%d: %s\\r\\n' % (i, b'x' * 1000) for i in range(90)) + b'\\r\\n'); return False
        elif path == '/many-fields': send(b'HTTP/1.1 200 OK\\r\\n' + b'X: y\\r\\n' * 300 + b'\\r\\n'); return False
        elif path == '/hang': c.recv(1); return False
        elif path == '/hang-in-body': send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nhello'); c.recv(1); return False
        elif path.startswith('/gated/'): send(CHUNKED + chunk(b'first')); gate(path[7:]).wait(); send(chunk(b'second') + b'0\\r\\n\\r\\n')
        elif path.startswith('/open/'): gate(path[6:]).set(); send(simple(b''))
        elif path.startswith('/until-closed/'):
            send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nhello'); c.recv(1); gate(path[14:]).set(); return False
        elif path.startswith('/wait/'): gate(path[6:]).wait(); send(simple(b'opened'))
        elif path.startswith('/big/'):
            left = int(path[5:]); send(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n' % left)
            block = bytes(i % 251 for i in range(251 * 261))
            try:
                while left > 0: send(block[:left]); left -= len(block)
            except OSError: return False
        else: send(b'HTTP/1.1 500 No such behaviour\\r\\nContent-Length: 0\\r\\n\\r\\n')
        return True
    def serve(c, number):
        try:
            if context: c = context.wrap_socket(c, server_side=True)
            with c:
                data = b''
                while True:
                    while b'\\r\\n\\r\\n' not in data:
                        more = c.recv(65536)
                        if not more: return
                        data += more
                    head, rest = data.split(b'\\r\\n\\r\\n', 1)
                    length = 0
                    for line in head.split(b'\\r\\n')[1:]:
                        name, value = line.split(b':', 1)
                        if name.lower() == b'content-length': length = int(value)
                    while len(rest) < length: rest += c.recv(65536)
                    request = head + b'\\r\\n\\r\\n' + rest[:length]
                    data = rest[length:]
                    if not answer(head.split(b' ')[1].decode(), request, number, c): return
        except OSError: pass
    def accept():
        while True:
            c, _ = listener.accept()
            with lock: connections[0] += 1; number = connections[0]
            threading.Thread(target=serve, args=(c, number), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    """
}
