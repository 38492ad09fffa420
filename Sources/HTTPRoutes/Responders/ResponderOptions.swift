// What a kind of responder can be told. Options are plain values: tests and programs make responders of them as the
// configuration does, and they know nothing of YAML. The rest of the program asks these questions and no other: it
// never looks which kind of options a route has.

/// The options of one kind of responder.
package protocol ResponderOptions: Sendable, Equatable {
  /// The key of a route that chooses this kind: `static`, `proxy_to_file`, …
  static var kind: String { get }

  /// The key of a route that these options are given with, where a kind has several.
  var routeKey: String { get }

  /// The methods of a route that names none; nil answers every method. GET includes HEAD.
  var defaultMethods: [String]? { get }

  /// Whether a route that names no methods answers OPTIONS itself; the preflights of a rule for other origins are the
  /// table's all the same.
  var answersOptions: Bool { get }

  /// Where clients are sent; nil for a route that answers them itself.
  var redirection: Redirection? { get }

  /// The directory of the recordings that the route answers from or makes.
  var recordings: RecordingsUse? { get }

  /// The file that the route keeps what clients change in; nil for none. No two routes may have the same.
  var savedFile: String? { get }

  /// How one of several answers is chosen; nil for a kind that gives one.
  var choice: AnswerChoice? { get }

  /// The answers that the kind chooses among, in the order of the file.
  var listedAnswers: [AnswerSettings] { get }

  /// What a reload changes, such as `status 200 → 404`.
  func changes(from old: Self) -> [String]

  /// The responder these options ask for.
  func makeResponder(_ context: ResponderContext) -> any Responder
}

/// Where a route sends its clients.
package struct Redirection: Equatable, Sendable {
  package let target: RedirectTarget
  package let status: Int
}

/// What a route does with a directory of recordings.
package struct RecordingsUse: Equatable, Sendable {
  package let root: String
  /// Whether recordings are read or written at all.
  package let isActive: Bool
}

extension ResponderOptions {
  package var routeKey: String { Self.kind }
  package var answersOptions: Bool { false }
  package var redirection: Redirection? { nil }
  package var recordings: RecordingsUse? { nil }
  package var savedFile: String? { nil }
  package var choice: AnswerChoice? { nil }
  package var listedAnswers: [AnswerSettings] { [] }

  package func changes(from old: Self) -> [String] { self == old ? [] : [Self.kind] }

  /// As `changes(from: Self)`, also where the kind is another one now.
  func changes(fromAny old: any ResponderOptions) -> [String] {
    guard let old = old as? Self else { return ["\(type(of: old).kind) → \(Self.kind)"] }
    return changes(from: old)
  }

  /// Whether other options are of the same kind and equal.
  func isEqual(to other: any ResponderOptions) -> Bool { other as? Self == self }

  /// `status 200 → 404`, or nothing.
  static func change(_ name: String, _ old: String, _ new: String) -> [String] { old == new ? [] : ["\(name) \(old) → \(new)"] }
}
