// The page for browsers.

import AsyncHTTPServer
import HTTPCore

enum PageEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/", "The page that shows all of this.", answers: [AdminAnswer(200, "text/html", nil, "The page.")],
      action: { _, _ in Response(.ok, .bytes(AdminPage.html), headers: [.contentType: "text/html; charset=utf-8"]) })
  ]
}
