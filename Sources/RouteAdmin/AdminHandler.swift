// RouteAdmin: what an operator looks at, as a handler for a listener of its own.
//
//   Interface/   an endpoint, its request and its shapes as values; what is asked of the process
//   Endpoints/   one file for each family: health, status, routes, reloads, …
//   Metrics/     counters of the traffic, and the text that Prometheus reads
//   Page/        the page at /
//
// A request goes through `AdminAccess` (host, token, header of writes), then through the table of endpoints.

package import AsyncHTTPServer
import HTTPCore
package import HTTPRoutes

/// Answers what an operator asks.
package final class AdminHandler: RequestHandler {
  private let router: AdminRouter
  private let access: AdminAccess
  private let context: AdminContext

  /// - Parameters:
  ///   - settings: where it listens and who may ask.
  ///   - context: what the endpoints answer from.
  package init(_ settings: AdminSettings, context: AdminContext) {
    router = AdminRouter(Self.endpoints)
    access = AdminAccess(settings)
    self.context = context
  }

  /// All endpoints, in the order of the document.
  package static let endpoints: [AdminEndpoint] =
    PageEndpoints.all + HealthEndpoints.all + MetricsEndpoints.all + StatusEndpoints.all + RouteEndpoints.all + ReloadEndpoints.all
    + JournalEndpoints.all + RecordingEndpoints.all + [OpenAPIDocument.endpoint]

  package nonisolated(nonsending) func handle(_ request: Request) async throws { try await request.respond(try await answer(to: request)) }

  /// The answer to a request, errors among them.
  package nonisolated(nonsending) func answer(to request: Request) async throws -> Response {
    var response: Response
    do throws(any Error) {
      let (endpoint, parameters) = try found(request)
      response = try await endpoint.action(AdminRequest(request, pathParameters: parameters), context)
    } catch let problem as AdminProblem {
      response = problem.response
    }
    for (name, value) in Self.commonFields { response.headers[name] = value }
    return response
  }

  private func found(_ request: Request) throws(AdminProblem) -> (AdminEndpoint, [String: String]) {
    try access.check(request)
    let found = try router.find(request.method.rawValue, path: request.target.rawPath)
    if found.endpoint.isWrite { try access.checkWrite(request) }
    return found
  }

  /// What is known of traffic is for those who ask now, and never for a cache; and no other site frames or loads it.
  private static let commonFields: [(HTTPField.Name, String)] = [
    (.cacheControl, "no-store"), (.xContentTypeOptions, "nosniff"), (AdminFields.frameOptions, "DENY"),
    (AdminFields.referrerPolicy, "no-referrer"), (AdminFields.resourcePolicy, "same-origin"),
    (
      .contentSecurityPolicy,
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"
    ),
  ]
}
