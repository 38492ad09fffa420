# The grammar of RFC 9112, RFC 9110 and RFC 3986 as regular expressions, one for one rule, with the few rules that this server has beyond it.
# No state machine, no limits: it is slow, needs the whole of an exchange, and shares no line of thought with the parser it is compared with.
import ipaddress
import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
OWS = rb"[ \t]*"
VALUE = rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?"
QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'

REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([^ \r\n]+) (HTTP/[0-9]\.[0-9])\r\n")
FIELD_LINE = re.compile(rb"(" + TOKEN + rb"):" + OWS + rb"(" + VALUE + rb")" + OWS + rb"\r\n")
CODINGS = re.compile(OWS + TOKEN + OWS + rb"(?:," + OWS + TOKEN + OWS + rb")*")
CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,16})(?:" + OWS + rb";" + OWS + TOKEN + rb"(?:" + OWS + rb"=" + OWS + rb"(?:" + TOKEN + rb"|" + QUOTED + rb"))?)*\r\n")

# Narrower than RFC 3986: no empty label, no comma, no escape of ASCII.
LABEL = rb"(?:[A-Za-z0-9\-_~!$&'()*+;=]|%[89A-Fa-f][0-9A-Fa-f])+"
REG_NAME = re.compile(LABEL + rb"(?:\." + LABEL + rb")*\.?")
AUTHORITY = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@]+)(?::([0-9]*))?")
# Wider than RFC 3986 by what browsers and people send unescaped, malformed escapes included.
PATH = rb"[A-Za-z0-9\-._~!$&'()*+,;=:@/%^|\[\]]*"
QUERY = rb"(?:\?[A-Za-z0-9\-._~!$&'()*+,;=:@/?%\\^`{|}\[\]\"<>\x80-\xff]*)?"
ORIGIN = re.compile(rb"/" + PATH + QUERY)
ABSOLUTE = re.compile(rb"(?:http|https)://([^/?]+)((?:/" + PATH + rb")?" + QUERY + rb")", re.IGNORECASE)


SINGLE = {
    b"authorization", b"proxy-authorization", b"content-type", b"content-range", b"content-location", b"max-forwards", b"origin",
    b"access-control-request-method", b"referer", b"user-agent", b"date",
}


class Refused(Exception):
    pass


def demand(condition, rule):
    if not condition:
        raise Refused(rule)


def is_authority(text):
    match = AUTHORITY.fullmatch(text)
    if not match or match[2] and int(match[2]) > 65535:
        return False
    if match[1].startswith(b"["):
        try:
            ipaddress.IPv6Address(match[1][1:-1].decode())
            return True
        except ValueError:
            return False
    return REG_NAME.fullmatch(match[1]) is not None


def check_target(method, target):
    if target.startswith(b"/"):
        demand(ORIGIN.fullmatch(target), "origin form")
    elif target == b"*":
        demand(method == b"OPTIONS", "asterisk form")
    else:
        match = ABSOLUTE.fullmatch(target)
        demand(match and is_authority(match[1]), "absolute form")


def framing(fields, version):
    """None, a length, or "chunked" (RFC 9112 §6.3)."""
    lengths = [value for name, value in fields if name.lower() == b"content-length"]
    codings = [value for name, value in fields if name.lower() == b"transfer-encoding"]
    if codings:
        demand(version != b"HTTP/1.0", "a coding in 1.0")
        demand(not lengths, "both framings")
        demand(all(CODINGS.fullmatch(value) for value in codings), "transfer codings")
        demand(b",".join(codings).strip(b" \t").lower() == b"chunked", "chunked alone")
        return "chunked"
    demand(len(lengths) <= 1, "one length")
    demand(all(re.fullmatch(rb"[0-9]+", value) for value in lengths), "digits")
    return int(lengths[0]) if lengths else None


def read_fields(octets, position, kind):
    fields = []
    while not octets.startswith(b"\r\n", position):
        match = FIELD_LINE.match(octets, position)
        demand(match, kind)
        fields.append((match[1], match[2]))
        position = match.end()
    return fields, position + 2


def read_chunks(octets, position):
    content = b""
    while True:
        match = CHUNK_LINE.match(octets, position)
        demand(match, "chunk line")
        size = int(match[1], 16)
        position = match.end()
        if size == 0:
            break
        demand(len(octets) >= position + size + 2, "chunk data")
        content += octets[position:position + size]
        position += size
        demand(octets.startswith(b"\r\n", position), "end of chunk data")
        position += 2
    _, position = read_fields(octets, position, "trailer")
    return content, position


def read(octets):
    latin = lambda text: text.decode("iso-8859-1")
    reading = {}
    try:
        start = 0
        while octets.startswith(b"\r\n", start):
            start += 2
        line = REQUEST_LINE.match(octets, start)
        demand(line, "request line")
        method, target, version = line.groups()
        demand(version.startswith(b"HTTP/1."), "version")
        check_target(method, target)
        fields, position = read_fields(octets, line.end(), "field line")
        hosts = [value for name, value in fields if name.lower() == b"host"]
        demand(len(hosts) <= 1 and (hosts or version == b"HTTP/1.0"), "one Host")
        demand(all(is_authority(host) or host == b"" and target == b"*" for host in hosts), "Host")
        for value in (value for name, value in fields if name.lower() == b"connection"):
            demand(all(re.fullmatch(TOKEN, part) for part in (part.strip(b" \t") for part in value.split(b",")) if part), "Connection")
        names = [name.lower() for name, value in fields]
        demand(all(names.count(name) <= 1 for name in SINGLE), "a field of one value")
        length = framing(fields, version)
        reading = {
            "method": latin(method), "target": latin(target), "version": latin(version),
            "fields": [[latin(name), latin(value)] for name, value in fields],
        }
        if length == "chunked":
            content, end = read_chunks(octets, position)
        else:
            end = position + (length or 0)
            content = octets[position:end]
            demand(len(octets) >= end, "the whole content")
        reading.update(content=latin(content), end=end)
    except Refused as refusal:
        if not reading:
            return {"refused": str(refusal)}
        reading["bodyRefused"] = str(refusal)
    return reading
