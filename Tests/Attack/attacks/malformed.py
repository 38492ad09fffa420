"""Answers of an upstream that are wrong, and what may come of each.

Each case is what the upstream does, and what a client may get: WHOLE, the body and nothing else; FAILED, a 502 or 504 and
nothing else; CUT, that or an answer that visibly breaks off; EITHER, the body whole or any of the former; PREFIX, the octets
that were announced or a failure; PART, anything but a 200. In none of them may something be recorded that is not the body whole.
"""

import gzip
import zlib

from harness.upstream import CLOSE, HOLD, RESET

WHOLE, FAILED, CUT, EITHER, PREFIX, PART = "whole", "failed", "cut", "either", "prefix", "part"
BODY = b'{"answer": "the body as it is"}'
SIZE = len(BODY)
TYPE = b"Content-Type: application/json\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + TYPE
LENGTH = b"Content-Length: %d\r\n" % SIZE
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%s\r\n" % (SIZE, BODY)
END = b"0\r\n\r\n"
GZIPPED = gzip.compress(BODY)


def sized(fields, body=BODY):
    """A response with these fields, otherwise as it should be."""
    return OK + fields + LENGTH + b"\r\n" + body


def length(word, body=BODY):
    return OK + b"Content-Length: " + word + b"\r\n\r\n" + body


def coded(coding, body, announced=None):
    return OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, announced or len(body)) + body


def flood(line, end=b"", times=100_000):
    """Lines without an end, as fast as they are taken."""
    for _ in range(times // 500):
        yield line * 500
    yield end


CASES = {
    # Lengths
    "length in hexadecimal": (length(b"0x5"), FAILED),
    "length in hexadecimal, of the body": (length(b"0x%x" % SIZE), FAILED),
    "length with a plus": (length(b"+%d" % SIZE), FAILED),
    "length with a minus": (length(b"-5"), FAILED),
    "length with blanks around": (length(b"  %d " % SIZE), WHOLE),
    "length with a blank inside": (length(b"3 1"), FAILED),
    "length with a comma": (length(b"%d," % SIZE), FAILED),
    "length with a fraction": (length(b"%d.0" % SIZE), FAILED),
    "length with an exponent": (length(b"3e1"), FAILED),
    "length with a unit": (length(b"%dB" % SIZE), FAILED),
    "length in quotes": (length(b'"%d"' % SIZE), FAILED),
    "length with zeros before": (length(b"000000000000000000%d" % SIZE), EITHER),
    "length empty": ([length(b""), CLOSE], CUT),
    "length of letters": (length(b"many"), FAILED),
    "length in other digits": (length("٣١".encode()), FAILED),
    "length beyond 63 bits": (length(b"9223372036854775808"), FAILED),
    "length beyond 64 bits, that wraps around": (length(b"%d" % (2**64 + SIZE)), FAILED),
    "length beyond 32 bits, that wraps around": ([length(b"%d" % (2**32 + SIZE)), CLOSE], CUT),
    "length twice, the same": (OK + LENGTH + LENGTH + b"\r\n" + BODY, EITHER),
    "length twice, another": (OK + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY, FAILED),
    "length twice, the shorter first": (OK + b"Content-Length: 5\r\n" + LENGTH + b"\r\n" + BODY, FAILED),
    "length twice, the same number spelled otherwise": (OK + LENGTH + b"Content-Length: 0%d\r\n\r\n" % SIZE + BODY, EITHER),
    "length as a list, the same": (length(b"%d, %d" % (SIZE, SIZE)), EITHER),
    "length as a list, another": (length(b"%d, 5" % SIZE), FAILED),
    "length over two lines": (length(b"3\r\n 1"), FAILED),
    "length too long": ([length(b"100"), CLOSE], CUT),
    "length too short": (length(b"5"), PREFIX),
    # Codings of the transfer
    "length beside chunked": (OK + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK + END, EITHER),
    "length of 5 beside chunked": (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK + END, EITHER),
    "chunked before a length of 5": (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + CHUNK + END, EITHER),
    "unreadable length beside chunked": (OK + b"Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK + END, EITHER),
    "chunked in HTTP/1.0": ([(CHUNKED + CHUNK + END).replace(b"1.1", b"1.0"), CLOSE], EITHER),
    "chunked twice": (OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK + END, CUT),
    "chunked, chunked": (OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNK + END, CUT),
    "an unknown transfer coding": ([OK + b"Transfer-Encoding: rot13\r\n\r\n" + BODY, CLOSE], FAILED),
    "an unknown transfer coding beside a length": (OK + b"Transfer-Encoding: rot13\r\n" + LENGTH + b"\r\n" + BODY, FAILED),
    "identity as transfer coding": ([OK + b"Transfer-Encoding: identity\r\n\r\n" + BODY, CLOSE], EITHER),
    "chunked, identity": ([OK + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNK + END, CLOSE], CUT),
    "xchunked": ([OK + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNK + END, CLOSE], CUT),
    "gzip as transfer coding, a lie": ([OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNK + END, CLOSE], CUT),
    "a blank before the colon of Transfer-Encoding": ([OK + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNK + END, CLOSE], EITHER),
    # Chunks
    "chunk size with a minus": (CHUNKED + b"-5\r\nabcde\r\n" + END, CUT),
    "chunk size with a plus": (CHUNKED + b"+" + CHUNK + END, CUT),
    "chunk size with 0x": (CHUNKED + b"0x" + CHUNK + END, CUT),
    "chunk size of 17 digits": (CHUNKED + b"1%016x\r\n" % SIZE + BODY + b"\r\n" + END, CUT),
    "chunk size of 16 fs": ([CHUNKED + b"ffffffffffffffff\r\n" + BODY, CLOSE], CUT),
    "chunk size of letters": (CHUNKED + b"zz\r\n" + BODY + b"\r\n" + END, CUT),
    "chunk size empty": (CHUNKED + b"\r\n" + BODY + b"\r\n" + END, CUT),
    "chunk size too small": (CHUNKED + b"5\r\n" + BODY + b"\r\n" + END, CUT),
    "chunk without its end": (CHUNKED + b"%x\r\n%s" % (SIZE, BODY) + END, CUT),
    "no last chunk": ([CHUNKED + CHUNK, CLOSE], CUT),
    "no last chunk, and silence": ([CHUNKED + CHUNK, HOLD], CUT),
    "no end after the last chunk": ([CHUNKED + CHUNK + b"0\r\n", CLOSE], CUT),
    "an extension of a mebibyte": ([CHUNKED + b"%x;a=" % SIZE] + [b"x" * 65536] * 16 + [b"\r\n" + BODY + b"\r\n" + END], EITHER),
    "extensions without end": ([CHUNKED + b"5;"] + [b"a=b;" * 4096] * 2000, CUT),
    "chunk size of zeros without end": ([CHUNKED] + [b"0" * 65536] * 500 + [CLOSE], CUT),
    "trailers without end": (
        lambda: [CHUNKED + CHUNK + b"0\r\n", *flood(b"X-Trailer: 0123456789012345678901234567890123456789\r\n")],
        CUT,
    ),
    "a trailer line without end": ([CHUNKED + CHUNK + b"0\r\nX: "] + [b"x" * 65536] * 200, CUT),
    "a trailer of framing": (CHUNKED + CHUNK + b"0\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n", EITHER),
    # Status lines
    "garbage": ([b"\x00\x01\x02this is not HTTP\r\n\r\n", CLOSE], FAILED),
    "HTTP/0.9": ([BODY, CLOSE], FAILED),
    "status of two digits": (b"HTTP/1.1 20 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, FAILED),
    "status of four digits": (b"HTTP/1.1 2000 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, FAILED),
    "status 099": (b"HTTP/1.1 099 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, FAILED),
    "status 999": (b"HTTP/1.1 999 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, PART),
    "status 600": (b"HTTP/1.1 600 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, PART),
    "status of letters": (b"HTTP/1.1 abc OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, FAILED),
    "another protocol": (b"ICY 200 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, FAILED),
    "HTTP/3.7": (b"HTTP/3.7 200 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, EITHER),
    "HTTP/1.10": (b"HTTP/1.10 200 OK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, EITHER),
    "no reason": (b"HTTP/1.1 200\r\n" + TYPE + LENGTH + b"\r\n" + BODY, WHOLE),
    "a reason with ESC": (b"HTTP/1.1 200 \x1b[31mOK\r\n" + TYPE + LENGTH + b"\r\n" + BODY, EITHER),
    "101, unasked": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + BODY, FAILED),
    "interim responses without end": (lambda: flood(b"HTTP/1.1 100 Continue\r\n\r\n"), FAILED),
    "early hints without end": (lambda: flood(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), FAILED),
    "three interim responses": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" * 1 + sized(b""), WHOLE),
    "an interim response with a length": (b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" + sized(b""), EITHER),
    # Fields
    "a bare CR in a value": (sized(b"X-A: a\rSet-Cookie: planted=1\r\n"), EITHER),
    "NUL in a value": (sized(b"X-A: a\0b\r\n"), EITHER),
    "ESC in a value": (sized(b"X-A: \x1b[2J\r\n"), EITHER),
    "LF for line ends": (sized(b"").replace(b"\r\n", b"\n"), EITHER),
    "a folded line": (sized(b"X-A: a\r\n b\r\n"), EITHER),
    "a folded line that looks like a field": (sized(b"X-A: a\r\n Set-Cookie: planted=1\r\n"), EITHER),
    "a folded line first": (b"HTTP/1.1 200 OK\r\n X: y\r\n" + TYPE + LENGTH + b"\r\n" + BODY, EITHER),
    "a line without a colon": (sized(b"no colon here\r\n"), EITHER),
    "a name that is empty": (sized(b": value\r\n"), EITHER),
    "a blank in a name": (sized(b"X A: b\r\n"), EITHER),
    "a name with NUL": (sized(b"X\0A: b\r\n"), EITHER),
    "a name that is no ASCII": (sized("X-É: b\r\n".encode()), EITHER),
    "fields of one connection": (sized(b"Connection: X-Mine\r\nX-Mine: planted\r\nKeep-Alive: x\r\nUpgrade: x\r\n"), WHOLE),
    "two dates": (sized(b"Date: Tue, 15 Nov 1994 12:45:26 GMT\r\nDate: yesterday\r\n"), WHOLE),
    "201 fields": (sized(b"".join(b"X-%d: y\r\n" % number for number in range(300))), FAILED),
    "a head of a mebibyte": (sized(b"".join(b"X-%d: %s\r\n" % (number, b"y" * 9000) for number in range(116))), FAILED),
    "a line of a mebibyte": (sized(b"X: " + b"y" * (1 << 20) + b"\r\n"), FAILED),
    "a head without end": (lambda: [OK, *flood(b"X: y\r\n")], FAILED),
    "a status line without end": ([b"HTTP/1.1 200 "] + [b"x" * 65536] * 200, FAILED),
    "two types": (sized(b"Content-Type: text/html\r\n"), EITHER),
    # Content codings
    "gzip, cut": ([coded(b"gzip", GZIPPED[:20]), CLOSE], CUT),
    "gzip, with a wrong checksum": (coded(b"gzip", GZIPPED[:-8] + b"\0\0\0\0" + GZIPPED[-4:]), CUT),
    "gzip that is none": (coded(b"gzip", BODY), CUT),
    "gzip with something after": (coded(b"gzip", GZIPPED + b"trailing"), EITHER),
    "gzip that is empty": (coded(b"gzip", b"\x1f\x8b"), CUT),
    "an unknown content coding": (coded(b"rot13", BODY), EITHER),
    "gzip eight times": (coded(b", ".join([b"gzip"] * 8), GZIPPED), CUT),
    "gzip a thousand times": (coded(b", ".join([b"gzip"] * 1000), GZIPPED), CUT),
    "deflate that is none": (coded(b"deflate", BODY), CUT),
    "deflate, cut": (coded(b"deflate", zlib.compress(BODY)[:-9]), CUT),
    # Ends
    "nothing, and closed": ([CLOSE], FAILED),
    "nothing, and reset": ([RESET], FAILED),
    "silence": ([HOLD], FAILED),
    "a head, and silence": ([OK + LENGTH + b"\r\n", HOLD], CUT),
    "a head, and closed": ([OK + LENGTH + b"\r\n", CLOSE], FAILED),
    "a head, and reset": ([OK + LENGTH + b"\r\n", RESET], FAILED),
    "half a body, and reset": ([OK + LENGTH + b"\r\n" + BODY[:9], 0.05, RESET], CUT),
    "a body to the end, and reset": ([OK + b"\r\n" + BODY[:9], 0.1, RESET], CUT),
    "an octet every 300 ms": (
        lambda: [part for octet in b"HTTP/1.1 200 OK\r\nContent" for part in (bytes([octet]), 0.3)],
        FAILED,
    ),
    "two responses at once": (sized(b"") + sized(b"", b"X" * SIZE), EITHER),
    # Parts and conditions that nobody asked for
    "206, unasked": (sized(b"Content-Range: bytes 0-%d/1000\r\n" % (SIZE - 1)).replace(b"200 OK", b"206 Partial Content"), PART),
    "206, without a range": (sized(b"").replace(b"200 OK", b"206 Partial Content"), PART),
    "304, unasked": (b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', PART),
    "416, unasked": (b"HTTP/1.1 416 X\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\n\r\n", PART),
    "204 with a body": (b"HTTP/1.1 204 No Content\r\n" + LENGTH + b"\r\n" + BODY, PART),
}

# A small answer, to be ended after each of its octets.
SMALL = b"HTTP/1.1 200 OK\r\n" + TYPE + LENGTH + b"X-Last: 1\r\n\r\n" + BODY
SMALL_CHUNKED = CHUNKED + b"5\r\n" + BODY[:5] + b"\r\n%x\r\n" % (SIZE - 5) + BODY[5:] + b"\r\n" + END
