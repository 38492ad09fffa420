// The page for browsers.

import AsyncHTTPServer

enum PageEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/", "The page that shows all of this.", answers: [AdminAnswer(200, "text/html", nil, "The page.")],
      action: { request, context in
        Response(.ok, .bytes(try await AdminPage.html(request, context)), headers: [.contentType: "text/html; charset=utf-8"])
      }),
    AdminEndpoint(
      "GET", "/page.css", "The style of the page.", answers: [AdminAnswer(200, "text/css", nil, "The style.")],
      action: { _, _ in Response(.ok, .bytes(AdminPage.style), headers: [.contentType: "text/css; charset=utf-8"]) }),
    AdminEndpoint(
      "GET", "/page.js", "The script of the page.", answers: [AdminAnswer(200, "text/javascript", nil, "The script.")],
      action: { _, _ in Response(.ok, .bytes(AdminPage.script), headers: [.contentType: "text/javascript; charset=utf-8"]) }),
  ]
}
