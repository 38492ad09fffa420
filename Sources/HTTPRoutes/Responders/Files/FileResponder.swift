// `file`, and `static` of a single file: every path of the route is answered with it.

package import AsyncHTTPServer
import Reactor

/// Answers with one file, read when it is asked for, so that an edit shows on the next request.
package struct FileResponder: Responder {
  private let path: [UInt8]
  private let service: FileService

  /// - Parameters:
  ///   - path: links in it are followed, wherever they lead: the operator wrote it.
  ///   - contentType: nil tells it from the name.
  package init(path: String, status: Int = 200, contentType: String? = nil, context: ResponderContext) {
    self.init(
      path: path,
      service: FileService(
        containment: Containment(root: "", symlinks: .follow), statusCode: status, contentType: contentType, context: context))
  }

  init(path: String, service: FileService) {
    self.path = Array(path.utf8)
    self.service = service
  }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    let cache = request.reactor.local { FileCache() }
    cache.path.assign(self.path, Span())
    return service.answer(service.serve(cache, request))
  }
}
