"""An upstream with a behaviour for each path. Prints its port.

    /object/N    the N-th of any number of objects that differ in status, type, size, framing and fields
    /version/N   another content at each request, whose X-Digest says what belongs to it
    /size/N      N bytes
    /gzip        coded, whatever was asked for        /slow     a few bytes at a time
    /half, /half-chunked    breaks off after more than a gateway holds back       /silent   says nothing
    /garbage     is no HTTP                           /long-head   has more fields than anybody takes
    /latin1      has field values that are no UTF-8
    /raw/HEX     these octets, and the end
"""

import asyncio
import gzip
import hashlib
import itertools
import random

TYPES = ["application/json", "text/html; charset=utf-8", "text/plain", "image/svg+xml", "application/octet-stream", "text/css"]
counter = itertools.count()


def response(status, fields, body, chunked=False):
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + framing + "\r\n\r\n"
    if chunked:
        middle = len(body) // 2
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:middle], body[middle:]) if part) + b"0\r\n\r\n"
    return head.encode() + body


def an_object(number):
    source = random.Random(number)
    status = {8: 203, 9: 404}.get(number % 10, 200)
    body = source.randbytes(source.choice([0, 1, 100, 3_000, 20_000]))
    fields = [("Content-Type", TYPES[number % len(TYPES)]), ("X-Number", number), ("X-Twice", "a"), ("X-Twice", "b, c"), ("X-Empty", "")]
    if number % 3:
        fields.append(("ETag", f'"{number:x}"'))
    if number % 4:
        fields.append(("Last-Modified", "Tue, 15 Nov 1994 12:45:26 GMT"))
    return response(status, fields + [("Connection", "X-Hop"), ("X-Hop", "gone")], body, chunked=number % 2 == 1)


def a_version():
    number = next(counter)
    body = random.Random(number).randbytes(random.choice([10, 1_000, 30_000])).hex().encode()
    # Once in a while the type changes, and with it the name of the body's file.
    kind = "application/json" if number % 5 == 0 else "text/plain"
    return response(200, [("Content-Type", kind), ("X-Digest", hashlib.sha256(body + kind.encode()).hexdigest())], body)


async def answer(path, write):
    name, _, argument = path.split("?")[0][1:].partition("/")
    if name == "object":
        await write(an_object(int(argument)))
    elif name == "version":
        await write(a_version())
    elif name == "size":
        await write(f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {argument}\r\n\r\n".encode())
        piece, left = bytes(range(256)) * 256, int(argument)
        while left > 0:
            await write(piece[:left])
            left -= len(piece)
    elif name == "gzip":
        body = gzip.compress(b'{"plain": true}')
        await write(response(200, [("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("ETag", '"g"')], body))
    elif name == "slow":
        await write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(20):
            await write(b"3\r\n%03d\r\n" % number)
            await asyncio.sleep(0.02)
        await write(b"0\r\n\r\n")
    elif name == "latin1":
        fields = b'X-Name: caf\xe9 \x80\xff\r\nX-Text: caf\xc3\xa9\r\nETag: "\xe9"\r\nContent-Type: text/plain; name=\xe9\r\n'
        await write(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 4\r\n\r\nbody")
    elif name == "half":
        await write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 2000000)
        return False
    elif name == "half-chunked":
        await write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"5\r\nabcde\r\n" * 200000)
        return False
    elif name == "raw":
        await write(bytes.fromhex(argument))
        return False
    elif name == "silent":
        await asyncio.sleep(3600)
    elif name == "garbage":
        await write(b"this is not HTTP\r\n\r\n")
        return False
    elif name == "long-head":
        await write(response(200, [(f"X-{number}", "x" * 1000) for number in range(150)], b""))
    else:
        await write(response(404, [], b""))
    return True


async def serve(reader, writer):
    async def write(data):
        writer.write(data)
        await writer.drain()

    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            left = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
            while left > 0:
                left -= len(await reader.readexactly(min(left, 65_536)))
            if not await answer(head.split(b" ", 2)[1].decode(), write):
                break
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
