// The answer to a request of which a template makes none.

import AsyncHTTPServer
import HTTPCore
import Logging

enum TemplateFailureAnswer {
  /// 400 for what the request lacks, else 500 and a line in the log that names the place of the template.
  static func answer(_ failure: TemplateFailure, route: String, for request: borrowing RequestValues) -> Answer {
    switch failure.reason {
    case .missing(let name): return RouteTable.plain(400, "\(name) is missing")
    case .unsendable(let message):
      request.origin.logger?.error(
        "a template makes no answer", metadata: ["reason": "\(message)", "template": "\(failure.place)", "route": "\(route)"])
      return RouteTable.plain(500, message)
    }
  }
}
