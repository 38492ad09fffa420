// Whether the process lives, and whether it takes requests.

import AsyncHTTPServer
import HTTPCore

enum HealthEndpoints {
  static let all = [
    AdminEndpoint(
      "GET", "/healthz", "Whether the process is alive.", answers: [AdminAnswer(200, "text/plain", nil, "It is.")],
      action: { _, _ in .text("ok\n") }),
    AdminEndpoint(
      "GET", "/readyz", "Whether the process takes requests.",
      answers: [AdminAnswer(200, "text/plain", nil, "It does."), .problem(503, "It drains, and ends soon.")],
      action: { _, context in
        if context.source.serving.isDraining { throw AdminProblem(503, "draining") }
        return .text("ok\n")
      }),
  ]
}
