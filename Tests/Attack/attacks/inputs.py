"""What a request brings along that is not in the key: asked with it, the upstream would give another request's answer."""

from harness.daemon import Daemon, NotReady
from harness.table import attack
from harness.upstream import Upstream, response

UNKEYED = [
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-Scheme",
    "X-Original-URL",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Host",
    "Forwarded",
    "X-Forwarded-For",
    "X-Real-IP",
    "X_Forwarded_Host",
    "x-forwarded-host",
]
WORD = "evil.example"


def echo(seen):
    """The whole request, so that whatever of it makes a difference shows."""
    return response(seen.head + b"\n\n" + seen.body, [("Content-Type", "text/plain")])


@attack(
    "fields that some upstreams believe, bodies of GET and HEAD, and fields that Connection names, of a client nobody trusts",
    seconds=30,
)
def unkeyed_inputs(run):
    upstream = Upstream(echo, run)
    daemon = Daemon(
        run,
        f"""
log: {{level: error}}
routes:
  - {{path: /healthz, text: ok}}
  - path: /plain/**
    proxy_to_file: {{store: plain, upstream: "{upstream.url}"}}
  - path: /pass/**
    proxy_to_file: {{store: pass, upstream: "{upstream.url}", mode: passthrough}}
  - path: /keyed/**
    proxy_to_file: {{store: keyed, upstream: "{upstream.url}", key: {{headers: [accept, x-tenant]}}}}
  - path: /body/**
    methods: [GET, POST]
    proxy_to_file: {{store: body, upstream: "{upstream.url}", key: {{body: hash}}}}
""",
    )
    broken, count = [], 0

    def check(name, target, path, is_wrong, **asked):
        nonlocal count
        count += 1
        daemon.ask(target, **asked)
        for seen in upstream.requests(path):
            if is_wrong(seen):
                broken.append(f"{name}: the upstream saw {seen.head[:300]!r} and {len(seen.body)} bytes")
                return

    for way in ("plain", "keyed", "pass"):
        for number, name in enumerate(UNKEYED):
            # Where nothing is recorded, only who asks must not be for the client to say.
            if way == "pass" and "forwarded" not in name.lower() and name != "X-Real-IP":
                continue
            check(
                f"{way}: {name}",
                f"/{way}/field{number}{way}",
                f"/field{number}{way}",
                lambda seen: WORD in seen.head.decode("latin1"),
                fields=[(name, f"for={WORD}" if name == "Forwarded" else WORD)],
            )
    for method in ("GET", "HEAD"):
        for field in ([], [("Content-Type", "text/x-evil")]):
            path = f"/with-body-{method}-{len(field)}"
            check(
                f"{method} with a body",
                "/plain" + path,
                path,
                lambda seen: seen.body or seen.one("content-length"),
                method=method,
                fields=field,
                body=b"evil",
            )
    # The key has the field, so the upstream has to have it too, whatever Connection says.
    check(
        "Accept named by Connection",
        "/keyed/hop",
        "/hop",
        lambda seen: seen.one("accept") != "application/json",
        fields=[("Accept", "application/json"), ("Connection", "accept")],
    )
    check(
        "X-Tenant named by Connection",
        "/keyed/hop2",
        "/hop2",
        lambda seen: seen.one("x-tenant") != "a",
        fields=[("X-Tenant", "a"), ("Connection", "x-tenant, close")],
    )
    check(
        "Authorization named by Connection",
        "/plain/hop3",
        "/hop3",
        lambda seen: seen.one("authorization") != "alice",
        fields=[("Authorization", "alice"), ("Connection", "Authorization")],
    )
    check(
        "a keyed field twice",
        "/keyed/twice",
        "/twice",
        lambda seen: seen.one("x-tenant") not in ("a, b", "a,b"),
        fields=[("X-Tenant", "a"), ("X-Tenant", "b")],
    )
    check(
        "trailers",
        "/body/trailers",
        "/trailers",
        lambda seen: WORD in str(seen.fields),
        method="POST",
        fields=[("Trailer", "X-Original-URL")],
        body=b"x",
    )
    # Its spelling is not the request's, so it has to be the key's.
    for target, path in {
        "/plain/a/%2e/b1": "/a/b1",
        "/plain//c1": "/c1",
        "/plain/%61%62": "/ab",
        "/plain/d%2fe": "/d%2Fe",
    }.items():
        check(
            f"{target} goes up in its one spelling",
            target,
            None,
            lambda seen: "%2e" in seen.target or "%61" in seen.target or "%2f" in seen.target,
        )
    run.none("the upstream is asked for what the key says", broken, count)

    same = [
        ("/plain/q?x=1%262", "/plain/q?x=1&2"),
        ("/plain/q?a=1&a=2", "/plain/q?a=2&a=1"),
        ("/plain/q?p", "/plain/r?p"),
        ("/plain/q?", "/plain/q"),
        ("/plain/q?a%3D1", "/plain/q?a=1"),
        ("/plain/q?a=%2B", "/plain/q?a=+"),
        ("/plain/s%2Ft", "/plain/s/t"),
        ("/plain/%FF", "/plain/%FE"),
        ("/plain/q?\xff".encode("latin1"), "/plain/q?\xfe".encode("latin1")),
        ("/plain/q?A=1", "/plain/q?a=1"),
        ("/plain/u;a", "/plain/u"),
    ]
    mixed = []
    for first, second in same:
        one, two = daemon.ask(first), daemon.ask(second)
        if one.status == 200 and two.body == one.body and upstream.seen and first != "/plain/q?":
            mixed.append(f"{second} has the answer of {first}")
    run.none("targets that an upstream may tell apart have answers of their own", mixed, len(same))


@attack("two routes that record different upstreams into one store", seconds=20)
def one_store_two_upstreams(run):
    one = Upstream(lambda seen: response(b"from one", [("Content-Type", "text/plain")]), run)
    two = Upstream(lambda seen: response(b"from two", [("Content-Type", "text/plain")]), run)
    text = f"""
log: {{level: error}}
routes:
  - path: /one/**
    proxy_to_file: {{store: store, upstream: "{one.url}"}}
  - path: /two/**
    proxy_to_file: {{store: store, upstream: "{two.url}"}}
  - path: /base/**
    proxy_to_file: {{store: store, upstream: "{one.url}/base"}}
"""
    try:
        daemon = Daemon(run, text)
    except NotReady as refusal:
        run.bound("neither answers for the other, or `check` refuses", "refused", "store" in str(refusal))
        return
    answers = [daemon.ask(f"/{way}/a").body for way in ("one", "two", "one", "two")]
    held = answers == [b"from one", b"from two"] * 2
    daemon.ask("/base/b")
    base = [seen.target for seen in one.seen]
    daemon.ask("/one/b")
    held_base = [seen.target for seen in one.seen] != base
    run.bound("neither answers for the other, or `check` refuses", "each its own" if held else answers, held)
    run.bound("one upstream below two paths is two", "each its own" if held_base else "shared", held_base)


@attack("an operator who changes `upstream:` of a route and reloads", seconds=20)
def changed_upstream(run):
    one = Upstream(lambda seen: response(b"from one", [("Content-Type", "text/plain")]), run)
    two = Upstream(lambda seen: response(b"from two", [("Content-Type", "text/plain")]), run)
    text = 'log: {{level: error}}\nroutes:\n  - path: /**\n    proxy_to_file: {{store: store, upstream: "{url}"}}\n'
    daemon = Daemon(run, text.format(url=one.url), listen="127.0.0.1:0")
    first = daemon.ask("/a").body
    daemon.terminate()
    second = Daemon(run, text.format(url=two.url), "two.yaml")
    answer = second.ask("/a").body
    # Whether a recording outlives a change of the upstream is the operator's to know; that another path is fetched from the new one is certain.
    run.bound("what is not recorded comes from the new one", second.ask("/b").body.decode(), second.ask("/b").body == b"from two")
    run.bound(
        "what was recorded is one of the two, whole",
        answer.decode(),
        first == b"from one" and answer in (b"from one", b"from two"),
    )
