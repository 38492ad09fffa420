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
    import gzip, os, socket, ssl, struct, sys, threading, time, zlib
    listener = socket.create_server(('127.0.0.1', 0), backlog=128)
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    print(listener.getsockname()[1])
    gates, connections, counts, lock = {}, [0], {}, threading.Lock()
    def gate(name):
        with lock: return gates.setdefault(name, threading.Event())
    def simple(body, extra=b''):
        return b'HTTP/1.1 200 OK\\r\\n' + extra + b'Content-Length: %d\\r\\n\\r\\n' % len(body) + body
    def chunk(data): return b'%x\\r\\n' % len(data) + data + b'\\r\\n'
    CHUNKED = b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'
    def coded(coding, data): return simple(data, b'Content-Encoding: ' + coding + b'\\r\\n')
    def deflated(bits, data):
        compressor = zlib.compressobj(9, zlib.DEFLATED, bits); return compressor.compress(data) + compressor.flush()
    text = b'one and two and three, ' * 9
    CODED = {
        'gzip': coded(b'gzip', gzip.compress(text)),
        'x-gzip': coded(b'X-GZIP', gzip.compress(text)),
        'deflate': coded(b'deflate', deflated(15, text)),
        'raw-deflate': coded(b'deflate', deflated(-15, text)),
        'members': coded(b'gzip', b''.join(gzip.compress(text[i:i + 9]) for i in range(0, len(text), 9))),
        'nothing': coded(b'gzip', b''),
        'cut': coded(b'gzip', gzip.compress(text)[:-9]),
        'damaged': coded(b'gzip', gzip.compress(text)[:-9] + b'123456789'),
        'trailing': coded(b'gzip', gzip.compress(text) + b'garbage'),
        'twice': coded(b'gzip, gzip', gzip.compress(gzip.compress(text))),
        'br': coded(b'br', text), 'zstd': coded(b'zstd', text), 'identity': coded(b'identity', text),
    }
    def bomb(size):
        compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
        return b''.join([compressor.compress(bytes(1 << 20)) for _ in range(size)] + [compressor.flush()])
    def answer(path, request, number, served, c):
        send = c.sendall
        if path.startswith('/dropped/'):
            with lock: counts[path[9:]] = counts.get(path[9:], 0) + 1
            if served: return False
            send(simple(b'kept'))
            return True
        if path.startswith('/unasked/'):
            way, tag = path[9:].split('/')
            first, then = {
                'length': (simple(b'hello'), b''), 'chunked': (CHUNKED + chunk(b'hello') + b'0\\r\\n\\r\\n', b''), 'head': (simple(b'hello')[:-5], b''),
                'with-it': (CHUNKED + chunk(b'hello') + b'0\\r\\n\\r\\nHTTP/1.1 200 O', b'K\\r\\nContent-Length: 4\\r\\n\\r\\nEVIL'),
            }[way]
            send(first)
            time.sleep(0.05)
            try: send(then or simple(b'EVIL'))
            except OSError: return False
            with lock: counts[tag] = 1
            return True
        if path.startswith('/count/'): send(simple(b'%d' % counts.get(path[7:], 0))); return True
        if path.startswith('/raw/'): send(bytes.fromhex(path[5:])); return False
        if path.startswith('/raw-at-once/'):
            # The end goes out with the last octets.
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1); send(bytes.fromhex(path[13:])); return False
        if path.startswith('/raw-open/'): send(bytes.fromhex(path[10:])); c.recv(1); return False
        if path.startswith('/coded/'): send(CODED[path[7:]]); return True
        if path.startswith('/bomb/'): send(coded(b'gzip', bomb(int(path[6:])))); return True
        if path.startswith('/for-ever/'):
            begin, again = [bytes.fromhex(part) for part in path[10:].split('/')]
            try:
                send(begin)
                while True: send(again * 999)
            except OSError: return False
        if path.startswith('/drip/'):
            begin, again = [bytes.fromhex(part) for part in path[6:].split('/')]
            try:
                send(begin)
                while True: time.sleep(0.05); send(again)
            except OSError: return False
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
                data, served = b'', 0
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
                    if not answer(head.split(b' ')[1].decode(), request, number, served, c): return
                    served += 1
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
