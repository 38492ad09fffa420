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
  package var answer: AnswerSettings
  package var cors: CORSOptions?
  /// What befalls some of its answers, chance by chance; `defaults` included.
  package var faults: [FaultChance]
  /// How many requests it answers; nil for all of them.
  package var rateLimit: RateLimit?

  package init(
    id: String, mark: SourceMark, patternMark: SourceMark, pattern: PathPattern, methods: [String]? = nil,
    when: RequestPredicate? = nil, answer: AnswerSettings, cors: CORSOptions? = nil, faults: [FaultChance] = [],
    rateLimit: RateLimit? = nil
  ) {
    self.id = id
    self.mark = mark
    self.patternMark = patternMark
    self.pattern = pattern
    self.methods = methods
    self.when = when
    self.answer = answer
    self.cors = cors
    self.faults = faults
    self.rateLimit = rateLimit
  }
}
