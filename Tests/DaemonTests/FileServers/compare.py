#!/usr/bin/env python3
"""Asks asynchttpd and another file server for the same files of one tree, and tells where their answers differ.

    compare.py DAEMON nginx|caddy            prints the table of differences, as it stands in the article
    compare.py DAEMON nginx|caddy ARTICLE    exits 1 and says which differences the article does not have, or has and are not there

A difference is one aspect of an answer: status, one field, or content. The same difference in many answers is one row. Each row needs a
reason, from the rules at the end of this file; one without is a difference that nobody has thought about yet.
"""

import hashlib
import http.client
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 60
DATE, EARLIER, LATER = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 2022 08:49:37 GMT"
MODIFIED = 784111777


def free_port():
    """Below the range that the kernel gives to outgoing connections."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


# --- the tree --------------------------------------------------------------------------------------------------------------------------


def make_tree(root):
    alphabet = bytes(range(ord("a"), ord("z") + 1))
    files = {
        "small.txt": alphabet,
        "large.bin": b"".join(bytes([byte]) * 10_000 for byte in alphabet),
        "empty.txt": b"",
        "index.html": b"<!DOCTYPE html><title>top</title>",
        "docs/index.html": b"<!DOCTYPE html><title>docs</title>",
        "pictures/dot.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "app.js": b"plain" * 20,
        "app.js.br": b"brotli",
        "app.js.zst": b"zstandard",
        "app.js.gz": b"gzip" * 5,
        "old.css": b"newer than its sibling",
        "old.css.gz": b"older than its plain file",
        "data.json": b"{}",
        "module.mjs": b"export {}",
        "app.wasm": b"\0asm",
        "font.woff2": b"wOF2",
        "site.webmanifest": b"{}",
        "photo.JPG": b"jpeg",
        "noextension": b"bytes",
        "sub dir/snow \N{SNOWMAN}.txt": b"snow",
        ".hidden": b"hidden",
        ".well-known/security.txt": b"Contact: mailto:a@example.org\n",
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        # A symbolic comparison of times: everything is of one moment but for the file that says otherwise.
        os.utime(path, (MODIFIED, MODIFIED))
    os.utime(root / "old.css.gz", (MODIFIED - 100, MODIFIED - 100))
    (root / "inside").symlink_to("small.txt")
    (root.parent / "outside.txt").write_bytes(b"outside")
    (root / "outside").symlink_to("../outside.txt")
    os.mkfifo(root / "fifo")
    for path in [root.parent, root, *root.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


# --- the questions ---------------------------------------------------------------------------------------------------------------------


def questions():
    """(group, method, path, fields); TAG stands for the strong tag that the server itself gives, WEAK for the weak form of it."""
    paths = [
        "/small.txt", "/large.bin", "/empty.txt", "/", "/index.html", "/docs", "/docs?a=1&b=2", "/docs/", "/docs/?a=1", "/docs/index.html",
        "/pictures", "/pictures/", "/none", "/none/", "/small.txt/", "/small.txt/more", "/data.json", "/module.mjs", "/app.wasm",
        "/font.woff2", "/site.webmanifest", "/photo.JPG", "/noextension", "/pictures/dot.svg", "/old.css", "/app.js.gz", "/inside",
        "/outside", "/.hidden", "/.well-known/security.txt", "/sub%20dir/snow%20%E2%98%83.txt", "/sub%20dir", "/docs/../small.txt",
        "/docs/./index.html", "/docs//index.html", "//small.txt", "/docs%2Findex.html", "/%2e%2e/outside.txt", "/../outside.txt",
        "/small.tx%74", "/small.txt%00", "/%zz", "/small.txt?range=none",
    ]
    for path in paths:
        yield "path", "GET", path, []
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY"]:
        for path in ["/small.txt", "/none", "/docs/"]:
            yield "method", method, path, []
    conditions = [
        ["If-None-Match: TAG"], ["If-None-Match: WEAK"], ['If-None-Match: "x", TAG'], ['If-None-Match: "x"'], ["If-None-Match: *"],
        ["If-None-Match: x"], [f"If-Modified-Since: {DATE}"], [f"If-Modified-Since: {EARLIER}"], [f"If-Modified-Since: {LATER}"],
        ["If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"], ["If-Modified-Since: Sun Nov  6 08:49:37 1994"],
        ["If-Modified-Since: yesterday"], ["If-Modified-Since: Mon, 06 Nov 1994 08:49:37 GMT"],
        ['If-None-Match: "x"', f"If-Modified-Since: {LATER}"], ["If-None-Match: TAG", f"If-Modified-Since: {EARLIER}"],
        ["If-Match: TAG"], ["If-Match: WEAK"], ['If-Match: "x"'], ["If-Match: *"], ['If-Match: "x", TAG'],
        [f"If-Unmodified-Since: {DATE}"], [f"If-Unmodified-Since: {EARLIER}"], [f"If-Unmodified-Since: {LATER}"],
        ["If-Unmodified-Since: yesterday"], ["If-Match: TAG", f"If-Unmodified-Since: {EARLIER}"], ['If-Match: "x"', "If-None-Match: TAG"],
    ]
    for path, more in [("/small.txt", []), ("/large.bin", []), ("/app.js", ["Accept-Encoding: gzip"])]:
        for fields in conditions:
            yield "condition", "GET", path, fields + more
    for fields in conditions[:3]:
        yield "condition", "HEAD", "/small.txt", fields
        yield "condition", "GET", "/none", fields
    ranges = [
        "bytes=0-0", "bytes=0-4", "bytes=5-", "bytes=-5", "bytes=-0", "bytes=0-", "bytes=25-99999999", "bytes=99999999-", "bytes=-99999999",
        "bytes=5-2", "bytes=a-b", "bytes=", "bytes", "lines=0-4", "BYTES=0-4", "bytes=0-0,2-3", "bytes=0-0, 2-3", "bytes=0-0,,2-3",
        "bytes=2-3,0-0", "bytes=0-5,3-8", "bytes=0-5,0-5", "bytes=0-9,0-9,0-9", "bytes=0-0,99999999-", "bytes=99999998-,99999999-",
        "bytes=" + ",".join(f"{i}-{i}" for i in range(0, 26, 2)), "bytes=" + ",".join(f"{i % 26}-{i % 26}" for i in range(40)),
        "bytes=0-99999999999999999999", "bytes=99999999999999999999-",
    ]
    for path, more in [("/small.txt", []), ("/large.bin", []), ("/app.js", ["Accept-Encoding: gzip"])]:
        for value in ranges:
            yield "range", "GET", path, [f"Range: {value}"] + more
    for value in ["bytes=5-", "bytes=-0", "bytes=0-0,-1"]:
        yield "range", "GET", "/empty.txt", [f"Range: {value}"]
    for value in ["bytes=0-0", "bytes=-1", "bytes=0-"]:
        yield "range", "GET", "/empty.txt", [f"Range: {value}"]
        yield "range", "HEAD", "/small.txt", [f"Range: {value}"]
    for validator in ["TAG", "WEAK", '"x"', DATE, EARLIER, LATER, "Sunday, 06-Nov-94 08:49:37 GMT", "yesterday"]:
        for path in ["/small.txt", "/large.bin"]:
            yield "range", "GET", path, ["Range: bytes=0-4", f"If-Range: {validator}"]
            yield "range", "GET", path, ["Range: bytes=99999999-", f"If-Range: {validator}"]
    for fields in [["If-None-Match: TAG"], ['If-Match: "x"'], [f"If-Unmodified-Since: {EARLIER}"], [f"If-Modified-Since: {DATE}"]]:
        yield "range", "GET", "/small.txt", ["Range: bytes=0-4"] + fields
    encodings = [
        "gzip", "br", "zstd", "gzip, br", "br;q=0.5, gzip", "gzip;q=0.5, br;q=0.1", "zstd;q=0.9, br;q=0.8, gzip;q=0.7", "GZIP", "x-gzip", "*",
        "*;q=0", "identity", "identity;q=0", "identity;q=0, gzip;q=0", "gzip;q=0", "gzip;q=0, *", "gzip;q=0.000", "gzip;q=0.001",
        "gzip; q=1", "gzip;q=2", "identity, gzip;q=0.5", "identity;q=0.5, gzip;q=0.2", "deflate", "", "gzip, deflate, br, zstd",
    ]
    for value in encodings:
        for path in ["/app.js", "/small.txt"]:
            yield "coding", "GET", path, [f"Accept-Encoding: {value}"]
    yield "coding", "GET", "/old.css", ["Accept-Encoding: gzip"]
    yield "coding", "HEAD", "/app.js", ["Accept-Encoding: gzip"]
    yield "coding", "GET", "/app.js", ["Accept-Encoding: br", "Accept-Encoding: gzip;q=0.5"]
    yield "coding", "GET", "/app.js", ["Accept-Encoding: identity", "Accept-Encoding: gzip;q=0.5"]
    yield "listing", "GET", "/pictures/", ["Accept: application/json"]
    yield "listing", "GET", "/pictures/", ["Accept: text/html"]


# --- the servers -----------------------------------------------------------------------------------------------------------------------


class Server:
    def __init__(self, name, command, port, version, environment=None):
        self.name, self.port, self.version = name, port, version
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        self.tags = {}
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.process.kill()
                    sys.exit(f"{name} did not start\n{self.process.communicate()[1].decode()}")
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)

    def ask(self, method, path, fields):
        """Over a socket: no client's library sends some of these."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"] + [self.filled(line, path, fields) for line in fields]
        if method in ("POST", "PUT", "PATCH", "QUERY"):
            lines.append("Content-Length: 0")
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            return Answer(response, response.read())

    def filled(self, line, path, fields):
        if "TAG" not in line and "WEAK" not in line:
            return line
        codings = tuple(field for field in fields if field.startswith("Accept-Encoding"))
        if (path, codings) not in self.tags:
            tag = self.ask("GET", path, list(codings)).fields.get("etag") or '"none"'
            self.tags[path, codings] = tag.removeprefix("W/")
        tag = self.tags[path, codings]
        return line.replace("TAG", tag).replace("WEAK", "W/" + tag)


def start_daemon(program, root, directory):
    port = free_port()
    file = directory / "asynchttpd.yaml"
    file.write_text(
        f"listen: [127.0.0.1:{port}]\nworkers: 1\nlog: {{level: warning}}\nroutes:\n  - path: /**\n"
        f"    static: {{root: {root}, listing: true, precompressed: [br, zstd, gzip]}}\n"
    )
    return Server("asynchttpd", [program, "serve", "--config", str(file)], port, "")


def start_nginx(root, directory):
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    port = free_port()
    version = subprocess.run([program, "-v"], capture_output=True, text=True).stderr.split("/")[1].split()[0]
    file = directory / "nginx.conf"
    temporary = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
    types = next(path for path in ["/etc/nginx/mime.types", "/usr/share/nginx/mime.types"] if os.path.exists(path))
    file.write_text(f"""
        daemon off; master_process off; pid {directory}/nginx.pid; error_log stderr crit; events {{}}
        http {{
          access_log off; {temporary} include {types}; default_type application/octet-stream;
          server {{ listen 127.0.0.1:{port}; root {root}; autoindex on; gzip_static on; gzip_vary on; gzip_proxied any; }}
        }}""")
    return Server("nginx", [program, "-c", str(file), "-p", str(directory), "-e", "stderr"], port, version)


def start_caddy(root, directory):
    program = shutil.which("caddy")
    port = free_port()
    version = subprocess.run([program, "version"], capture_output=True, text=True).stdout.split()[0].removeprefix("v")
    file = directory / "Caddyfile"
    file.write_text(
        f"{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port}, http://localhost:{port} {{\n bind 127.0.0.1\n root * {root}\n"
        " file_server browse {\n  precompressed br zstd gzip\n }\n}\n"
    )
    environment = {**os.environ, "HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    return Server("Caddy", [program, "run", "--config", str(file), "--adapter", "caddyfile"], port, version, environment)


# --- the answers -----------------------------------------------------------------------------------------------------------------------

FIELDS = [
    "content-type", "content-encoding", "content-range", "accept-ranges", "vary", "location", "last-modified", "etag", "allow",
    "x-content-type-options",
]


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.fields = {}
        for name, value in response.getheaders():
            name = name.lower()
            self.fields[name] = f"{self.fields[name]}, {value}" if name in self.fields else value

    def aspects(self):
        """What is compared: not the tag but its kind, not the boundary but the parts, and of an error not its text."""
        result = {"status": str(self.status)}
        for name in FIELDS:
            result[name] = self.fields.get(name, "none")
        tag = self.fields.get("etag")
        result["etag"] = "none" if tag is None else "weak" if tag.startswith("W/") else "strong"
        if self.status >= 300 or "<title>Index of" in self.text() or "directory" in self.text():
            result = {key: result[key] for key in ["status", "content-range", "vary", "location", "allow", "etag", "last-modified"]}
        if "location" in result:
            result["location"] = re.sub(r"http://(localhost|127\.0\.0\.1)(:\d+)?/", "http://HOST/", result["location"])
        match = re.search(r"multipart/byteranges; *boundary=(.+)", self.fields.get("content-type", ""))
        if match:
            result["content-type"] = "multipart/byteranges"
            result["content"] = self.parts(match.group(1).strip('"').encode())
        elif self.status < 300 and "content-type" in result:
            result["content"] = f"{len(self.body)} bytes {hashlib.sha256(self.body).hexdigest()[:6]}"
        return result

    def text(self):
        return self.body[:4096].decode(errors="replace")

    def parts(self, boundary):
        assert self.body.rstrip().endswith(b"--" + boundary + b"--"), "the body has no end"
        ranges = []
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, content = part.removeprefix(b"\r\n").removesuffix(b"\r\n").split(b"\r\n\r\n", 1)
            first, last = re.search(rb"(?i)content-range: bytes (\d+)-(\d+)/", head).groups()
            assert len(content) == int(last) - int(first) + 1, "a part is not as long as it says"
            ranges.append(f"{first.decode()}-{last.decode()}")
        return "parts " + " ".join(ranges)


def differences(ours, theirs):
    rows = {}
    count = 0
    for group, method, path, fields in questions():
        count += 1
        own, other = ours.ask(method, path, fields).aspects(), theirs.ask(method, path, fields).aspects()
        if own["status"] != other["status"]:
            # Fields of two different statuses are not worth comparing.
            own, other = {"status": own["status"]}, {"status": other["status"]}
        for aspect in own:
            if aspect in other and own[aspect] != other[aspect]:
                question = " · ".join([f"{method} {path}"] + fields)
                reason, key = explain(theirs.name, group, aspect, own, other, method, path, fields)
                rows.setdefault((aspect, key, reason), []).append((question, own[aspect], other[aspect]))
    return rows, count


def escaped(text):
    return text.replace("|", "\\|")


def shorten(text, limit=88):
    return text if len(text) <= limit else text[: limit - 1] + "…"


def table(rows, peer):
    lines = [f"| what | requests | one of them | asynchttpd | {peer} | why |", "|---|---|---|---|---|---|"]
    for (aspect, _, reason), found in sorted(rows.items(), key=lambda row: (row[0][2] or "", row[0][0])):
        question, own, other = found[0]
        lines.append(f"| {aspect} | {len(found)} | `{escaped(shorten(question))}` | {escaped(own)} | {escaped(other)} | {reason} |")
    return lines


def main():
    daemon, peer = sys.argv[1:3]
    article = Path(sys.argv[3]).read_text() if len(sys.argv) > 3 else None
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    servers = []
    try:
        root = directory / "site"
        root.mkdir()
        make_tree(root)
        servers.append(start_daemon(daemon, root, directory))
        servers.append({"nginx": start_nginx, "caddy": start_caddy}[peer](root, directory))
        rows, count = differences(*servers)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(directory)
    name, version = servers[1].name, servers[1].version
    lines = table(rows, f"{name} {version}")
    if article is None:
        print(f"{count} requests, {sum(map(len, rows.values()))} differences of {len(rows)} kinds\n")
        print("\n".join(lines))
        sys.exit(any(reason is None for _, _, reason in rows))
    problems = [f"not thought about: {row}: {found[0]}" for row, found in rows.items() if row[2] is None]
    documented = article.split(f"## {name}", 1)[1].split("\n## ", 1)[0]
    for aspect, _, reason in rows:
        if reason and not re.search(rf"^\| {re.escape(aspect)} \|.*\| {re.escape(reason)} \|$", documented, re.M):
            problems.append(f"not in the article: {aspect}: {reason}")
    if f"{name} {version} " in documented:
        for aspect, reason in re.findall(r"^\| ([a-z-]+) \| \d+ \|.*\| ([^|]+) \|$", documented, re.M):
            if not any(row[0] == aspect and row[2] == reason for row in rows):
                problems.append(f"in the article, and not so: {aspect}: {reason}")
    print("\n".join(problems))
    sys.exit(bool(problems))


# --- why -------------------------------------------------------------------------------------------------------------------------------


def explain(peer, group, aspect, own, other, method, path, fields):
    """The reason for a difference, and what tells its row from others of the same aspect and reason."""
    asked = " ".join(fields)
    ours, theirs = own[aspect], other[aspect]
    for where, what, holds, reason in REASONS:
        if where in ("both", peer) and what == aspect and holds(asked, ours, theirs, method, path):
            return reason, None
    return None, (group, ours, theirs)


def several(asked):
    return asked.count("-") - asked.count("Accept-Encoding") - asked.count("If-Range") > 1


# Where, of what, whether it holds for the fields asked with, our answer, theirs, method and path. Of several that hold, the first counts.
REASONS = [
    # Paths and methods.
    (
        "both", "status", lambda q, o, t, m, p: p == "/outside",
        "a link that leads out of the root is not followed unless `symlinks: follow` says so",
    ),
    (
        "both", "status", lambda q, o, t, m, p: (o, t) == ("308", "301"),
        "308 keeps the method; 301 lets a client turn a POST into a GET",
    ),
    (
        "both", "status", lambda q, o, t, m, p: m == "OPTIONS",
        "OPTIONS is answered with the methods that there are",
    ),
    (
        "both", "status", lambda q, o, t, m, p: m != "GET" and (o, t) == ("405", "404"),
        "the method is looked at before the file: the route has no such method for any path",
    ),
    (
        "both", "status", lambda q, o, t, m, p: m != "GET" and (o, t) == ("405", "200"),
        "a file is read with GET; a POST that is answered 200 seems to have done something",
    ),
    (
        "both", "status", lambda q, o, t, m, p: o == "400" and (".." in p or "%2e" in p or "%00" in p),
        "a path that climbs out of the root, or has NUL in it, is a bad request whatever is there",
    ),
    (
        "both", "allow", lambda q, o, t, m, p: t == "none",
        "RFC 9110 section 15.5.6: a 405 answer must have Allow",
    ),
    (
        "both", "location", lambda q, o, t, m, p: "?" in p,
        "the redirect keeps the query",
    ),
    (
        "both", "location", lambda q, o, t, m, p: "%20" in p,
        "a blank in Location is escaped",
    ),
    (
        "both", "location", lambda q, o, t, m, p: True,
        "relative to the request, so it holds behind a proxy that strips a prefix",
    ),
    (
        "both", "status", lambda q, o, t, m, p: p == "/.hidden",
        "dotfiles are not there unless `dotfiles: allow` says so",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "%2F" in p,
        "an encoded slash is part of a name, and no file has such a name",
    ),
    # Conditions.
    (
        "nginx", "status", lambda q, o, t, m, p: "If-None-Match" in q and "If-Modified-Since" in q,
        "RFC 9110 section 13.2.2, step 3: with If-None-Match the date is not looked at",
    ),
    (
        "nginx", "status", lambda q, o, t, m, p: "If-Match" in q and "If-Unmodified-Since" in q,
        "RFC 9110 section 13.2.2, step 1: with If-Match the date is not looked at",
    ),
    (
        "both", "status", lambda q, o, t, m, p: f"If-Modified-Since: {LATER}" in q,
        "RFC 9110 section 13.1.3: not modified since a later date either; nginx compares for equality (`if_modified_since exact`)",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "Modified-Since: Mon," in q,
        "6 November 1994 was a Sunday: a date that contradicts itself is ignored",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "If-Unmodified-Since: yesterday" in q,
        "RFC 9110 section 13.1.4: a value that is no date is ignored",
    ),
    # Ranges.
    (
        "nginx", "status", lambda q, o, t, m, p: "Range" in q and "gzip" in q,
        "ranges of a precompressed file are ranges of its coded bytes; nginx serves it whole",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "Range" in q and "gzip" in q and several(q) and (o, t) == ("200", "206"),
        "parts of a coded file would be a body that Content-Encoding does not describe; the whole is sent",
    ),
    (
        "both", "status", lambda q, o, t, m, p: m == "HEAD" and "Range" in q,
        "RFC 9110 section 14.2: ranges are for GET alone",
    ),
    (
        "both", "status", lambda q, o, t, m, p: p == "/empty.txt" and "Range" in q,
        "of an empty file there is no part, and one answer, whatever the range (RFC 9110 section 14.2 lets a server ignore Range)",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "9" * 20 in q,
        "a position past the largest integer is past the end",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "bytes=0-0,,2-3" in q,
        "RFC 9110 section 5.6.1: empty elements of a list are skipped",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "BYTES" in q,
        "RFC 9110 section 14.1: names of range units are case-insensitive",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "bytes=-0" in q and t == "206",
        "RFC 9110 section 14.1.2: the last 0 bytes cannot be satisfied",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "Range" in q and several(q) and (o, t) == ("200", "206"),
        "more than 16 ranges, or more than two that overlap, cost more than the whole, which is sent (RFC 9110 section 14.2)",
    ),
    (
        "both", "status", lambda q, o, t, m, p: "Range" in q and (o, t) == ("200", "416"),
        "RFC 9110 section 14.2: a range that is malformed, or in another unit, is ignored",
    ),
    (
        "both", "content-range", lambda q, o, t, m, p: t == "none",
        "RFC 9110 section 15.5.17: 416 says how long the file is",
    ),
    (
        "nginx", "accept-ranges", lambda q, o, t, m, p: "gzip" in q and t == "none",
        "nginx serves a precompressed file whole",
    ),
    (
        "both", "accept-ranges", lambda q, o, t, m, p: t == "none",
        "said with every answer that has a file's content, 206 among them",
    ),
    # Codings.
    (
        "nginx", "content", lambda q, o, t, m, p: p == "/app.js" and ("br" in q or "zstd" in q),
        "Debian's nginx has no module for `.br` and `.zst`",
    ),
    (
        "nginx", "content-encoding", lambda q, o, t, m, p: p == "/app.js" and ("br" in q or "zstd" in q),
        "Debian's nginx has no module for `.br` and `.zst`",
    ),
    (
        "both", "content", lambda q, o, t, m, p: "x-gzip" in q,
        "RFC 9110 section 8.4.1.3: x-gzip is gzip",
    ),
    (
        "both", "content-encoding", lambda q, o, t, m, p: "x-gzip" in q,
        "RFC 9110 section 8.4.1.3: x-gzip is gzip",
    ),
    (
        "both", "content", lambda q, o, t, m, p: "*" in q,
        "RFC 9110 section 12.5.3: `*` stands for every coding that is not named",
    ),
    (
        "both", "content-encoding", lambda q, o, t, m, p: "*" in q,
        "RFC 9110 section 12.5.3: `*` stands for every coding that is not named",
    ),
    (
        "both", "content", lambda q, o, t, m, p: "q=2" in q,
        "a weight is from 0 to 1; what has another is not accepted",
    ),
    (
        "both", "content-encoding", lambda q, o, t, m, p: "q=2" in q,
        "a weight is from 0 to 1; what has another is not accepted",
    ),
    (
        "both", "content", lambda q, o, t, m, p: "identity" in q,
        "identity has a weight too, and is sent where it is the highest",
    ),
    (
        "both", "content-encoding", lambda q, o, t, m, p: "identity" in q,
        "identity has a weight too, and is sent where it is the highest",
    ),
    (
        "both", "content", lambda q, o, t, m, p: p == "/old.css",
        "a compressed file that is older than its plain one is of an earlier state of it",
    ),
    (
        "both", "content-encoding", lambda q, o, t, m, p: p == "/old.css",
        "a compressed file that is older than its plain one is of an earlier state of it",
    ),
    (
        "both", "last-modified", lambda q, o, t, m, p: p == "/old.css",
        "a compressed file that is older than its plain one is of an earlier state of it",
    ),
    (
        "both", "vary", lambda q, o, t, m, p: p == "/pictures/",
        "a listing is HTML or JSON as the client accepts",
    ),
    (
        "both", "vary", lambda q, o, t, m, p: (o, t) == ("Accept-Encoding", "none"),
        "a file that has no compressed sibling may get one, and the plain answer and 304 are variants too",
    ),
    # Fields.
    (
        "Caddy", "content-type", lambda q, o, t, m, p: p == "/pictures/",
        "RFC 8259 section 11: JSON is UTF-8, and has no charset parameter",
    ),
    (
        "both", "content-type", lambda q, o, t, m, p: t == "none",
        "what nobody knows is bytes; without a type a browser guesses",
    ),
    (
        "both", "content-type", lambda q, o, t, m, p: o == t + "; charset=utf-8",
        "text is UTF-8, and a browser that is not told guesses",
    ),
    (
        "both", "content-type", lambda q, o, t, m, p: t == "application/javascript",
        "RFC 9239: text/javascript is the one type of scripts",
    ),
    (
        "both", "content-type", lambda q, o, t, m, p: t == "application/octet-stream",
        "a type that nginx's table does not have",
    ),
    (
        "both", "content", lambda q, o, t, m, p: p == "/pictures/",
        "the shape of nginx's `autoindex_format json`",
    ),
    (
        "both", "etag", lambda q, o, t, m, p: t == "none",
        "412 and 416 tell the tag that there is, so that the client need not ask for it",
    ),
    (
        "both", "last-modified", lambda q, o, t, m, p: o == "none",
        "RFC 9110 section 15.4.5: without content there is nothing to date; the tag is there",
    ),
    (
        "both", "x-content-type-options", lambda q, o, t, m, p: t == "none",
        "always sent, so that no text is run as a script",
    ),
]


main()
