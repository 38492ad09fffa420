// Names of fields that swift-http-types has no constant for.

import HTTPTypes

enum AdminFields {
  static let write = name("X-Asynchttpd-Admin")
  static let frameOptions = name("X-Frame-Options")
  static let referrerPolicy = name("Referrer-Policy")
  static let resourcePolicy = name("Cross-Origin-Resource-Policy")

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
    return name
  }
}
