// What a kind of responder can be told. Options are plain values: responders are made of them in tests and by programs as well as by
// the configuration, and know nothing of YAML.

/// The options of one kind of responder.
package protocol ResponderOptions: Sendable {
  /// The key of a route that chooses this kind: `static`, `proxy_to_file`, …
  static var kind: String { get }

  /// The methods of a route that names none; nil answers every method. GET includes HEAD.
  var defaultMethods: [String]? { get }

  /// The responder these options ask for.
  func makeResponder(_ context: ResponderContext) -> any Responder
}
