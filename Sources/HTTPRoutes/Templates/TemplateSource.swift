// Where the value of an expression comes from, found when the configuration is loaded.

package import JSONText

/// A source of values.
package enum TemplateSource: Equatable, Sendable {
  /// Written in the template.
  case constant(JSONValue)
  /// A parameter of the path, by its position in the pattern.
  case parameter(Int)
  /// What `**` matched.
  case rest
  case value(ValueName)
  /// All values of a name, as a list.
  case all(ValueName)
  case json([JSONStep])
  case route
  case requestID
  case now(TemplateTime.Form)
  case uuid
  /// The count of one place of the route, or one that others share.
  case counter(place: Int)
  case sharedCounter(String)
  case random(RandomCall)
  case fake(FakeData)
  case state(String)
  case item([JSONStep])
  case index

  var needsBody: Bool {
    switch self {
    case .json: true
    case .value(let name), .all(let name): name.isOfBody
    default: false
    }
  }

  /// Whether a client chooses the value.
  var isOfClient: Bool {
    switch self {
    case .parameter, .rest, .value, .all, .json, .requestID, .item, .state: true
    default: false
    }
  }
}
