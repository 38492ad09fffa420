// A route as the configuration has it: what the route table is built from, one value for each entry of `routes`.

package import YAMLDocument

/// One route: which requests, and what answers them.
package struct RouteSettings: Sendable {
  /// The route's own `id`, or method and path; no two routes share one. Counters and recordings are kept by it across
  /// reloads.
  package var id: String
  /// Where the route begins.
  package var mark: SourceMark
  /// Where its path stands.
  package var patternMark: SourceMark
  package var pattern: PathPattern
  /// In upper or whatever case they are written; nil for every method. GET includes HEAD.
  package var methods: [String]?
  /// What has to hold besides path and method; nil without a condition.
  package var when: RequestPredicate?
  package var responder: any ResponderOptions
  /// Sent with every answer of the route, in this order; `defaults` included.
  package var headers: [HeaderLine]
  package var cors: CORSOptions?
  /// How long to wait before the answer.
  package var delay: Duration?
  /// The same where a request has a say in it.
  package var delayTemplate: Template?

  package init(
    id: String, mark: SourceMark, patternMark: SourceMark, pattern: PathPattern, methods: [String]? = nil,
    when: RequestPredicate? = nil, responder: any ResponderOptions, headers: [HeaderLine] = [], cors: CORSOptions? = nil,
    delay: Duration? = nil, delayTemplate: Template? = nil
  ) {
    self.id = id
    self.mark = mark
    self.patternMark = patternMark
    self.pattern = pattern
    self.methods = methods
    self.when = when
    self.responder = responder
    self.headers = headers
    self.cors = cors
    self.delay = delay
    self.delayTemplate = delayTemplate
  }
}
