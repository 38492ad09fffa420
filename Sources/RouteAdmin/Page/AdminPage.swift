// The page at / of the admin listener.

/// The page, as it is sent.
package enum AdminPage {
  /// UTF-8.
  package static let html = Array(
    """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <title>asynchttpd</title>
    <h1>asynchttpd</h1>
    <ul>
    <li><a href="status">status</a>
    <li><a href="routes">routes</a>
    <li><a href="reloads">reloads</a>
    <li><a href="metrics">metrics</a>
    <li><a href="openapi.json">openapi.json</a>
    </ul>
    </html>

    """.utf8)
}
