// What is served while there is no configuration yet: a page that says what this is and how to go on.

enum BuiltInSite {
  /// Stands where a file name would in messages.
  static let name = "(built in)"

  static let configuration = #"""
    listen: [127.0.0.1:8080]
    routes:
      - path: /
        methods: [GET]
        content_type: text/html; charset=utf-8
        text: |
          <!DOCTYPE html>
          <html lang="en">
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width">
          <title>asynchttpd</title>
          <style>
            body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; color-scheme: light dark }
            pre { padding: 1rem; overflow-x: auto; background: #8882; border-radius: .4rem }
          </style>
          <h1>asynchttpd is running</h1>
          <p>It has no configuration yet, so it serves this page. <code>asynchttpd init</code> writes a first one,
          <code>asynchttpd DIRECTORY</code> serves a directory. Or begin with this:</p>
          <pre># asynchttpd.yaml
          listen: [127.0.0.1:8080]
          routes:
            - path: /healthz
              text: "ok\n"
            - path: /api/users/{id}
              json: {id: "&#123;&#123;path.id}}", name: Ada}
            - path: /catalog/**
              proxy_to_file: {store: recordings, upstream: "https://catalog.example.com"}
            - path: /**
              static: public
          </pre>
          <p>and start it with <code>asynchttpd --watch</code>, which takes up every save. <code>asynchttpd check</code> finds mistakes,
          <code>asynchttpd explain GET /api/users/7</code> tells which route answers, and <code>asynchttpd --help</code> lists the rest.</p>
          <p>Here already: <a href="/healthz">/healthz</a>, <a href="/hello/world">/hello/{name}</a>.</p>
          </html>
      - path: /healthz
        text: "ok\n"
      - path: /hello/{name}
        json: {hello: "{{path.name}}"}
    """#
}
