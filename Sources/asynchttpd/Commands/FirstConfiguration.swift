// The files that `asynchttpd init` writes: a configuration that is a lesson, and a page for it to serve.

enum FirstConfiguration {
  /// The name of the schema's copy beside the configuration.
  static let schemaName = "asynchttpd.schema.json"
  /// The directory that the configuration serves.
  static let siteName = "public"

  /// The line that an editor with a YAML language server reads.
  static let schemaLine = "# yaml-language-server: $schema=\(schemaName)\n"

  static let configuration = #"""
    # What asynchttpd serves. Run it with `asynchttpd --watch`, which takes up every save;
    # `asynchttpd check` finds mistakes, `asynchttpd explain GET /api/users/7` says which route answers and why.

    listen: [127.0.0.1:8080]

    # The first route that matches a request, from the top, answers it.
    routes:
      # Canned JSON. {{…}} takes from the request (path, query, headers, json), the time, or made-up data.
      - path: /api/users/{id}
        json: {id: "{{path.id | number}}", name: "{{fake.name}}", seen: "{{now}}"}

      # A list that clients change: GET, POST, PUT, PATCH and DELETE, with ?q=, ?done=true, ?_page=2.
      - path: /api/todos/**
        resource:
          items: [{id: 1, title: look around, done: true}, {id: 2, title: write a route, done: false}]

      # Another method, another status, and a wait as real servers have it.
      - path: /api/orders
        method: POST
        status: 201
        headers: {Location: "/api/orders/{{json.id | default(1)}}"}
        json: {id: "{{json.id | default(1)}}", state: accepted}
        delay: {median: 80ms, p99: 400ms}

      # An upstream, recorded once and replayed from files: works offline from then on.
      # - path: /catalog/**
      #   proxy_to_file: {store: recordings/catalog, upstream: "https://catalog.example.com/v2"}

      # A 404 in JSON for what the API lacks; without it the page below would answer.
      - path: /api/**
        status: 404
        json: {error: not_found, path: "{{path.**}}"}

      # Files. With fallback, paths that no file has are pages of a single-page application.
      - path: /**
        static: {root: public, fallback: /index.html, cache_control: no-cache}

    """#

  static let page = #"""
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>It works</title>
    <style>
      body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; color-scheme: light dark }
      pre { padding: 1rem; overflow-x: auto; background: #8882; border-radius: .4rem }
    </style>
    <h1>It works</h1>
    <p>This is <code>public/index.html</code>. <a href="/api/users/7">/api/users/7</a> and <a href="/api/todos">/api/todos</a> are routes of
    <code>asynchttpd.yaml</code>; the second answers:</p>
    <pre id="answer">…</pre>
    <script>
      fetch('/api/todos').then(answer => answer.text()).then(text => { document.getElementById('answer').textContent = text })
    </script>
    </html>

    """#
}
