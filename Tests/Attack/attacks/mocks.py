"""Bodies of eight mebibytes for routes that read them: conditions, templates, resources."""

from harness.daemon import Daemon
from harness.prober import Prober
from harness.table import attack

MEBIBYTE = 1 << 20
CONFIGURATION = """
log: {level: error}
limits: {body: 8MiB}
workers: 1
routes:
  - {path: /healthz, text: ok}
  - {path: /contains, when: {json: {a: {b: [1, {c: 2}]}}, exact: [json]}, text: contained}
  - {path: /paths, when: {jsonpath: {"$..b": {matches: '(x+x+)+y'}, "$.a[*].b": 7, "$[?@.a == $.b]": {present: true}}}, text: selected}
  - {path: /text, when: {body: {search: '(a+)+$'}}, text: found}
  - {path: /form, when: {form: {a: {all_of: [{contains: x}, {ends_with: y}]}}, exact: [form]}, text: filled}
  - {path: /echo, json: {whole: "{{json}}", one: "{{json.a.b[0]}}", text: "{{body | upper | slice(0, 100)}}"}}
  - {path: "/items/**", resource: {items: []}}
"""


def filled(head, unit, tail=b"", size=8 * MEBIBYTE):
    return head + unit * ((size - len(head) - len(tail)) // len(unit)) + tail


@attack("bodies of 8 MiB, nested, wide, of long texts and numbers, to conditions, templates and a resource", seconds=240)
def mock_bodies(run):
    daemon = Daemon(run, CONFIGURATION)
    size = (1 if run.short else 8) * MEBIBYTE - 1024
    bodies = {
        "arrays in arrays": filled(b"", b"[", size=size),
        "arrays, closed": b"[" * (size // 2) + b"]" * (size // 2),
        "objects in objects": filled(b"", b'{"a":', size=size),
        "a list of what is asked for": filled(b'{"a":[', b'{"b":7},', b'{"b":8}]}', size),
        "members of one name": filled(b"{", b'"a":1,', b'"a":2}', size),
        "members of many names": b"{" + b",".join(b'"%07x":1' % number for number in range(size // 12)) + b"}",
        "one long text": filled(b'{"a":{"b":"', b"x", b'"}}', size),
        "one long number": filled(b'{"b":', b"1", b"}", size),
        "escapes": filled(b'["', b"\\ud83d\\ude00", b'"]', size),
        "texts for the expression": filled(b"[", b'{"b":"' + b"x" * 250 + b'"},', b"0]", size),
        "a form": filled(b"", b"a=x%79&", b"a=1", size),
        "no UTF-8": filled(b"", b"\xff", size=size),
    }
    types = {"a form": "application/x-www-form-urlencoded"}
    daemon.ask("/echo", "POST", [("Content-Type", "application/json")], b"{}")
    before = daemon.forget_peak() // 1024
    broken, slow, count = [], [], 0
    with Prober(daemon) as prober:
        for name, body in bodies.items():
            for path in ("/contains", "/paths", "/text", "/form", "/echo", "/items"):
                count += 1
                prober.forget()
                answer = daemon.ask(path, "POST", [("Content-Type", types.get(name, "application/json"))], body, timeout=30)
                if not answer.is_whole or answer.status >= 500 and answer.status not in (500, 507):
                    broken.append(f"{path} {name}: {answer}")
                if prober.worst > 0.01:
                    slow.append(f"{path} {name}: {prober.worst * 1000:.0f} ms")
    run.none("each has an answer", broken, count)
    run.bound("the daemon serves on", daemon.process.poll() is None, daemon.process.poll() is None and daemon.is_well())
    growth = daemon.kibibytes("VmHWM") // 1024 - before
    run.bound("≤ 256 MiB more resident at the worst", f"{growth} MiB", growth <= 256)
    if not run.short:
        run.none(f"none of {prober.count} /healthz meanwhile takes more than 10 ms", slow, count)
