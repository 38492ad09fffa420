"""Places that an answer sends a client to, and scripts that it has a browser run."""

import json
import re

from harness.daemon import Daemon
from harness.table import attack
from harness.upstream import Upstream, response

ELSEWHERE = [
    "//evil.example",
    "//evil.example/",
    "//evil.example/dir",
    "///evil.example/dir",
    "/%2Fevil.example/dir",
    "/%2F%2Fevil.example",
    "/%5Cevil.example/dir",
    "/%5C%5Cevil.example",
    "/%5c/evil.example/",
    "/.//evil.example/dir",
    "/.%2F/evil.example",
    "/x/..//evil.example/dir",
    "/%09/evil.example",
    "/%0D%0ALocation:%20//evil.example",
    "/%2e%2e//evil.example",
    "//evil.example%2Fdir",
    "/@evil.example",
    "/:80//evil.example",
    "//%65vil.example/dir",
    "/https://evil.example/dir",
    "/https:%2F%2Fevil.example",
    "/javascript:alert(1)",
    "//evil.example/?a=//b",
    "//evil.example/.",
    "/%E3%80%82evil.example",
]


def leads_elsewhere(location, port):
    """Whether a browser would leave this host for it (the URL Standard: a backslash is a slash, tabs and line ends are no characters)."""
    text = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    if match := re.match(r"(?i)([a-z][a-z0-9+.-]*):(.*)", text):
        return not (
            match[1].lower() in ("http", "https") and re.match(rf"//(localhost|127\.0\.0\.1)(:{port})?(/|\?|#|$)", match[2])
        )
    return text.startswith("//")


def places(answer):
    found = answer.all("location") + answer.all("content-location")
    return found + [match[1] for value in answer.all("refresh") if (match := re.search(r"(?i)url\s*=\s*[\"']?([^\"']*)", value))]


@attack(
    "targets that begin like another host, given to static directories, redirects, recordings and an upstream that redirects",
    seconds=40,
)
def open_redirects(run):
    root = run.directory / "root"
    for path in ("evil.example/dir", "dir", "https:/evil.example/dir", "@evil.example", "javascript:alert(1)", "x"):
        (root / path).mkdir(parents=True)

    def respond(seen):
        path = seen.target.split("?")[0]
        if path.startswith("/v2/to"):
            where = TARGETS[int(path.rsplit("/", 1)[1])]
            return response(b"", [("Location", where), ("Content-Location", where), ("Refresh", f"0; url={where}")], "302 Found")
        # As servers do that add the slash of a directory.
        return response(b"", [("Location", path + "/")], "301 Moved Permanently")

    upstream = Upstream(respond, run)
    TARGETS = [
        "/v2//evil.example",
        f"{upstream.url}/v2//evil.example/x",
        "/v2/\\evil.example",
        "/v2/%2F%2Fevil.example",
        "/v2",
        "/v2/",
        "/v2/a",
        f"{upstream.url}//evil.example/v2",
        "/v2/..//evil.example",
        "/v2?a",
        "/v2/.//evil.example",
        "/v2///evil.example",
        f"HTTP://127.0.0.1:{upstream.port}/v2//evil.example",
        "/v2/\t/evil.example",
    ]
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - {{path: "/r/one/{{a}}", redirect: "/{{a}}"}}
  - {{path: "/r/two/{{a}}/{{b}}", redirect: "/{{a}}/{{b}}"}}
  - {{path: "/r/rest/**", redirect: {{to: "/{{**}}", status: 308}}}}
  - {{path: "/r/after/**", redirect: {{to: "/x{{**}}", status: 308}}}}
  - path: /p/**
    proxy_to_file: {{store: p, upstream: "{upstream.url}/v2", save_status: [2xx, 301, 302]}}
  - path: /q/**
    proxy_to_file: {{store: q, upstream: "{upstream.url}/v2", mode: passthrough}}
""",
    )
    plain = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - path: /**
    proxy_to_file: {{store: all, upstream: "{upstream.url}/v2", save_status: [2xx, 301, 302]}}
""",
        "plain.yaml",
    )
    static = Daemon(run, "log: {level: error}\nroutes:\n  - path: /**\n    static: {root: root, listing: true}\n", "static.yaml")
    wrong, count = [], 0

    def check(server, target, name):
        nonlocal count
        for fields in ({}, {"Host": "x"}):
            count += 1
            answer = server.ask(target, fields=[])
            for place in places(answer):
                if leads_elsewhere(place, server.port) and not place.startswith(f"{upstream.url}/"):
                    wrong.append(f"{name} {target}: {answer.status} {place!r}")
                if re.search(r"[\x00-\x20\x7f]", place):
                    wrong.append(f"{name} {target}: {place!r} has blanks or controls")
            break

    for target in ELSEWHERE:
        check(static, target, "static")
        check(plain, target, "recorded")
        check(plain, target, "replayed")
        check(plain, target + "?x", "recorded, query")
        for prefix in ("/r/one", "/r/two", "/r/rest", "/r/after", "/p", "/q", "/r/two/x", "/r/rest/x"):
            check(daemon, prefix + target, "redirect" if prefix[1] == "r" else "upstream")
    for number in range(len(TARGETS)):
        for server, prefix in ((plain, ""), (plain, ""), (daemon, "/p"), (daemon, "/q")):
            check(server, f"{prefix}/to/{number}", f"upstream's {TARGETS[number]}")
    run.none("no Location, Content-Location or Refresh leaves the host", wrong, count)

    twice = []
    for target in (
        "/r/one/a%2Fb",
        "/r/one/a%25b",
        "/r/one/a;b=c",
        "/r/one/a+b",
        "/r/one/a%3Bb",
        "/r/rest/a%2Fb/c",
        "/r/one/caf%C3%A9",
        "/r/one/a%20b",
        "/r/one/a=b&c",
        "/r/one/a:b@c",
        "/r/one/%41",
    ):
        place = daemon.ask(target).one("location")
        expected = "/" + target.split("/", 3)[3]
        # A route may leave a segment with an encoded slash to others; sent anywhere, it is sent as it was.
        if place is not None and place != expected:
            twice.append(f"{target}: {place!r} and not {expected!r}")
    run.none("what came in encoded goes out as it was", twice, 11)


@attack("Set-Cookie, Refresh, Link and CORS fields of an upstream below a path", seconds=20)
def upstream_fields(run):
    fields = [
        ("Set-Cookie", "a=1; Path=/v2; Domain=127.0.0.1"),
        ("Set-Cookie", "b=2; path=/v2/x; domain=.upstream.example; Secure; HttpOnly"),
        ("Set-Cookie", "c=3"),
        ("Refresh", "5; url=/v2/next"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "X-Upstream"),
        ("Access-Control-Max-Age", "7"),
        ("Content-Type", "text/plain"),
    ]
    upstream = Upstream(lambda seen: response(b"ok", fields), run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - path: /p/**
    cors: {{origins: ["http://page.example"], expose: [X-Mine]}}
    proxy_to_file: {{store: p, upstream: "{upstream.url}/v2", redact: {{headers: []}}}}
  - path: /q/**
    cors: {{origins: ["http://page.example"]}}
    proxy_to_file: {{store: q, upstream: "{upstream.url}/v2", mode: passthrough}}
""",
    )
    wrong, doubled = [], []
    for way in ("/p/a", "/p/a", "/q/a"):
        answer = daemon.ask(way, fields={"Origin": "http://page.example"})
        for name in ("origin", "credentials", "methods", "headers"):
            values = answer.all(f"access-control-allow-{name}")
            if len(values) > 1 or (name == "origin" and values != ["http://page.example"]) or (name == "credentials" and values):
                doubled.append(f"{way}: Access-Control-Allow-{name.title()}: {values}")
        for value in answer.all("set-cookie"):
            if re.search(r"(?i)path=/v2|domain=", value):
                wrong.append(f"{way}: Set-Cookie: {value}")
        if answer.one("refresh") not in (None, f"5; url={way[:2]}/next"):
            wrong.append(f"{way}: Refresh: {answer.one('refresh')}")
    run.none("the route's CORS fields stand in place of the upstream's", doubled, 12)
    run.none("cookies and Refresh lead where the route is", wrong, 12)


@attack("query and path values with scripts, in texts and pages of HTML, XML and SVG", seconds=20)
def reflected_scripts(run):
    daemon = Daemon(
        run,
        """
log: {level: error}
routes:
  - {path: /html, text: "<p>{{query.a}}</p>", content_type: text/html}
  - {path: /html2, text: "<p title='{{query.a}}'>{{query.a}}</p>", content_type: "text/html; charset=utf-8"}
  - {path: "/html3/{a}", text: "<p>{{path.a}}</p>", content_type: "TEXT/HTML"}
  - {path: /xhtml, text: "<p>{{query.a}}</p>", content_type: application/xhtml+xml}
  - {path: /svg, text: "<svg>{{query.a}}</svg>", content_type: image/svg+xml}
  - {path: /xml, text: "<a>{{query.a}}</a>", content_type: application/xml}
  - {path: /header, text: "<p>{{query.a}}</p>", headers: {Content-Type: text/html}}
""",
    )
    script = "%3Cscript%3Ealert('x%22)%3C/script%3E%26"
    wrong = []
    for path in ("/html?a=", "/html2?a=", "/html3/", "/xhtml?a=", "/svg?a=", "/xml?a=", "/header?a=", "/nothing/?"):
        answer = daemon.ask(path + script.replace("/", "%2F") if "html3" in path else path + script)
        if (
            b"<script>" in answer.body
            and "text/plain" not in (answer.one("content-type") or "")
            and "json" not in (answer.one("content-type") or "")
        ):
            wrong.append(f"{path}: {answer.one('content-type')} {answer.body!r}")
        if path.startswith("/html2") and b"title=''" not in answer.body and b"alert('x" in answer.body:
            wrong.append(f"{path}: an attribute is left: {answer.body!r}")
    run.none("no script comes back as one", wrong, 8)


@attack("numbers, braces and quotes in the parameters of a JSON body", seconds=20)
def reflected_json(run):
    daemon = Daemon(
        run,
        """
log: {level: error}
routes:
  - path: /n/{id}
    json: {id: "{{path.id | number}}", text: "a{{path.id}}b", "{{path.id}}": 1, q: "{{query.q}}"}
""",
    )
    wrong = []
    values = [
        "1",
        "01",
        "-0",
        "1e999",
        "1e",
        ".5",
        "5.",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "--1",
        "1e+5",
        "1E5",
        "-",
        "+1",
        "%221%22",
        "1,2",
        "%7B%7D",
        "null",
        "true",
        "1%00",
        "%0a1",
        "1%20",
        "%EF%BC%91",
        "9" * 400,
        "%22%2C%22a%22%3A%22",
        "%5C",
        "%5Cu0022",
        "%E2%80%A8",
        "{{path.id}}",
        "%7B%7Bquery.q%7D%7D",
    ]
    for value in values:
        answer = daemon.ask(f"/n/{value}?q={value}")
        if answer.status in (400, 404):
            continue
        try:
            body = json.loads(answer.body, parse_constant=lambda text: 1 / 0)
            if set(body) - {"id", "text", "q"} and len(body) != 4:
                wrong.append(f"{value}: {answer.body!r}")
        except (ValueError, ZeroDivisionError) as error:
            wrong.append(f"{value}: {error}: {answer.body[:80]!r}")
    run.none("each answer is JSON of the same members", wrong, len(values))
