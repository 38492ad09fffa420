// The keys of other tools (nginx, Caddy, WireMock, json-server, Mockoon, OpenAPI), and what to write here for each. One
// table, so that a key that comes from habit is answered with the spelling that works.

import YAMLDocument

/// What a key of another tool is here.
struct ForeignKey: Equatable {
  /// The keys of the same mapping that it stands for: one of them missing is no second problem.
  let meant: [String]
  /// What to write; nil where the one key in `meant` says it.
  let advice: String?
}

enum ForeignKeys {
  /// The meaning of `key` in the mapping that diagnostics call `noun`; nil if no tool we know has such a key.
  static func meaning(of key: String, in noun: String) -> ForeignKey? {
    let isFile = noun == "an included file" || noun == "the configuration"
    if let slash = key.firstIndex(of: "/"), key[..<slash].allSatisfy({ $0.isLetter || $0 == " " }), isFile || noun == "a route" {
      return operation(String(key[slash...]), method: key[..<slash].filter(\.isLetter).uppercased(), isFile: isFile)
    }
    return table[isFile ? "the configuration" : noun]?[folded(key)]
  }

  /// `/users:` or `GET /users:`, where OpenAPI and json-server have paths for keys.
  private static func operation(_ path: String, method: String, isFile: Bool) -> ForeignKey {
    let entry = "- path: \(path.excerpt)" + (method.isEmpty ? "" : ", and method: \(method)")
    return isFile
      ? ForeignKey(meant: ["routes"], advice: "write an entry of routes that begins \(entry)")
      : ForeignKey(meant: ["path"] + responders, advice: "a path is a value here: \(entry)")
  }

  /// `proxyPass`, `proxy-pass` and `proxy_pass` are one key.
  private static func folded(_ key: String) -> String { key.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " } }

  private static let responders = ResponderKind.names

  /// By noun, and then by folded key.
  private static let table: [String: [String: ForeignKey]] = rows.mapValues { rows in
    var keys: [String: ForeignKey] = [:]
    for row in rows {
      let meant = row.meant == "*" ? responders : row.meant.split(separator: " ").map(String.init)
      for key in row.keys.split(separator: " ") { keys[String(key)] = ForeignKey(meant: meant, advice: row.advice) }
    }
    return keys
  }

  private typealias Row = (keys: String, meant: String, advice: String?)

  private static let rows: [String: [Row]] = [
    "the configuration": file, "a route": route,
    "defaults": [
      ("json text file static status method methods path contenttype", "", "it belongs in each route"),
      ("timeout timeouts", "", "write timeouts beside defaults: timeouts: {head: 10s, body: 30s}"),
    ],
    "static": [
      ("dir directory path folder documentroot www alias", "root", nil), ("autoindex browse directorylisting list", "listing", nil),
      ("spa tryfiles notfound errorpage singlepage", "fallback", "write fallback: /index.html"),
      ("default indexfile indexfiles defaultfile indexes", "index", nil),
      ("gzip gzipstatic brotli compress compression encode zstd", "precompressed", "write precompressed: [br, zstd, gzip]"),
      ("cache maxage expires", "cache_control", "write cache_control: max-age=3600"), ("hidden hiddenfiles", "dotfiles", nil),
      ("followsymlinks followlinks", "symlinks", "write symlinks: follow"), ("mime mimetypes types", "content_types", nil),
    ],
    "proxy_to_file": [
      ("dir directory path folder cache recordings storage root", "store", nil),
      ("url uri target to proxypass backend baseurl origin proxybaseurl host server", "upstream", nil),
      ("record replay once passthrough", "mode", "write mode: once; the modes are replay, once, refresh, record and passthrough"),
      ("ttl maxage expires cachetime", "refresh_after", "write mode: refresh and refresh_after: 30d"),
      ("insecure verify verifyssl ca cafile certificate", "ca_file", nil),
      ("proxyreadtimeout connecttimeout readtimeout", "timeout", nil), ("statuses codes savestatuses cachestatus", "save_status", nil),
    ],
    "redirect": [
      ("target url uri location path destination", "to", nil), ("code statuscode", "status", nil),
      ("permanent temporary", "status", "write status: 308 for good, 302 for now"),
    ],
    "on_miss": [("body response content", "json text file", "write json, text or file"), ("code statuscode", "status", nil)],
    "log": [
      ("file path output target destination", "", "the log goes to standard error; requests are logged by access_log: PATH"),
      ("access accesslog", "", "write access_log beside log: access_log: access.log"), ("loglevel severity verbosity", "level", nil),
      ("type encoding style", "format", nil),
    ],
    "access_log": [("file output target log location", "path", nil), ("type style encoding", "format", nil)],
    "limits": [
      ("maxbody maxbodysize bodysize clientmaxbodysize requestbody upload", "body", nil),
      ("maxhead maxheadersize headsize headers headersize largeclientheaderbuffers", "head", nil),
      ("maxconnections workerconnections clients maxclients", "connections", nil),
      ("nofile fds openfiles files workerrlimitnofile", "descriptors", nil),
    ],
    "timeouts": [
      ("keepalive keepalivetimeout idle idletimeout", "keep_alive", nil), ("header headers request clientheadertimeout", "head", nil),
      ("read readtimeout clientbodytimeout", "body", "write head: 10s for a request head, body: 30s for a body"),
      ("send sendtimeout response writetimeout", "write", nil), ("shutdown graceful graceperiod stop", "drain", nil),
      ("connect upstream proxy proxyreadtimeout proxyconnecttimeout", "", "write timeout: 30s in the proxy_to_file of the route"),
    ],
    "cors": [
      ("origin alloworigin alloworigins allowedorigins", "origins", nil), ("allowmethods allowedmethods", "methods", nil),
      ("allowheaders allowedheaders", "headers", nil), ("exposeheaders exposedheaders", "expose", nil),
      ("allowcredentials", "credentials", nil),
    ],
  ]

  private static let file: [Row] = [
    ("server servers http service app", "", "listen, timeouts, limits and routes stand at the top of the file, in no section"),
    (
      "port ports host hostname address addr bind interface", "listen",
      "write listen: [127.0.0.1:8080]; \"*:8080\" is every interface"
    ),
    (
      "tls ssl https certificate certificates cert key sslcertificate acme", "",
      "asynchttpd speaks plain HTTP; put nginx in front for TLS, see config/nginx/"
    ),
    (
      "root dir directory documentroot static public www html fileserver index spa tryfiles", "",
      "write a route: {path: /**, static: {root: DIR, index: [index.html]}}"
    ),
    ("route endpoints endpoint mappings mocks stubs rules locations location handlers handle paths openapi swagger", "routes", entry),
    (
      "path method methods json jsonfile text file redirect proxytofile status contenttype body response", "routes",
      "it belongs in a route: routes: [{path: /users/{id}, json: {name: Ada}}]"
    ),
    ("headers cors delay", "", "write it below defaults, for every route, or in a route"),
    (
      "proxy proxies reverseproxy proxypass upstream upstreams backend backends", "",
      "write a route: {path: /**, proxy_to_file: {store: recordings, upstream: \"https://example.com\"}}"
    ),
    ("redirects rewrite rewrites redir", "", "write a route: {path: /old/**, redirect: \"/new/{**}\"}"),
    ("workerprocesses threads processes cores numthreads", "workers", nil),
    ("clientmaxbodysize maxbodysize bodylimit bodysize maxbody", "", "write limits: {body: 8MiB}"),
    ("maxconnections workerconnections", "", "write limits: {connections: 1000}"),
    (
      "keepalive keepalivetimeout timeout requesttimeout sendtimeout readtimeout writetimeout idletimeout graceperiod", "timeouts",
      "write timeouts: {head: 10s, body: 30s, keep_alive: 75s, write: 30s, drain: 30s}"
    ),
    ("loglevel logformat logging logs logger errorlog level verbose debug", "log", "write log: {level: debug, format: text}"),
    ("requestlog accesslogs accesslogpath", "access_log", nil),
    ("gzip compress compression brotli encode", "", "write precompressed: [br, zstd, gzip] in the static of a route"),
    ("realip setrealipfrom trustproxy trustedproxy trustforwarded proxyprotocol", "trusted_proxies", nil),
    ("import imports", "include", nil), ("global default", "defaults", nil),
    ("env environment variables vars", "", "a setting takes ${NAME} or ${NAME:-default} from the environment"),
    ("user group daemon pid pidfile", "", "user and pid file belong to the service: see the unit file and --pid-file"),
    ("version name", "", "leave it out; a configuration has none"),
    ("auth basicauth", "", "asynchttpd asks for no password; let nginx in front do it"),
    ("errorpage errorpages notfound", "", "write a last route: {path: /**, status: 404, text: \"not here\\n\"}"),
  ]

  private static let entry = "write routes: with an entry such as {path: /users/{id}, json: {name: Ada}} for each"

  private static let route: [Row] = [
    ("url uri urlpath urlpattern urlpathpattern endpoint route pattern prefix location paths", "path", nil),
    ("verb verbs httpmethod", "method", nil), ("code statuscode httpstatus responsecode", "status", nil),
    ("name label operationid", "id", nil), ("responseheaders addheader setheader", "headers", nil),
    ("latency wait sleep fixeddelaymilliseconds", "delay", "write delay: 80ms"),
    ("mime mimetype type responsetype defaulttype", "content_type", nil),
    (
      "match matcher matches request", "path",
      "a route matches by its own keys: path: /users/{id}, method: GET and when: {query: {page: 2}}"
    ),
    ("query queryparameters queryparams params", "when", "write when: {query: {NAME: VALUE}}"),
    ("cookies cookie", "when", "write when: {cookies: {NAME: VALUE}}"),
    ("form formparameters", "when", "write when: {form: {NAME: VALUE}}"),
    ("body bodypatterns", "when", "write when: {body: TEXT} or when: {json: VALUE}"),
    ("host hosts servername", "when", "write when: {host: NAME}"),
    ("matchers predicate predicates conditions condition if", "when", "write when: {query: {page: 2}}"),
    ("response respond responses reply answer return", "*", "write status, headers and one of json, text and file in the route itself"),
    ("body content data payload", "*", "write text: for a text, json: for JSON"),
    ("jsonbody", "json", nil), ("bodyfilename bodyfile filename filepath", "*", "write json_file: or file: and the file's name"),
    (
      "proxy proxypass reverseproxy proxybaseurl proxyurl upstream backend target forward forwardto", "*",
      "write proxy_to_file: {store: recordings, upstream: \"https://example.com\"}"
    ),
    ("store record recordings", "*", "write proxy_to_file: {store: recordings}"),
    ("root alias dir directory folder fileserver www documentroot", "*", "write static: DIR, or static: {root: DIR}"),
    (
      "index fallback spa tryfiles listing autoindex browse precompressed gzip dotfiles symlinks cachecontrol", "",
      "it belongs in static: {root: DIR, index: [index.html], fallback: /index.html}"
    ),
    ("rewrite redir redirectto to", "*", "write redirect: /new, or redirect: {to: /new, status: 308}"),
    ("timeout timeouts", "", "write timeout: 30s in proxy_to_file; timeouts of clients stand at the top of the file"),
    ("auth basicauth", "", "asynchttpd asks for no password; let nginx in front do it"),
    ("tls ssl", "", "asynchttpd speaks plain HTTP; put nginx in front for TLS, see config/nginx/"),
  ]
}
