// The body as a form or as text, whole.

import HTTPCore

extension RequestBody {
  /// The largest body that is read whole unless the caller says otherwise: 1 MiB.
  public static let defaultLimit = 1 << 20

  /// The whole body as text. Throws `HTTPError` 400 for octets that are not UTF-8, and what `collect(upTo:)` throws;
  /// `limit` is in bytes.
  public func text(upTo limit: Int = defaultLimit) async throws -> String {
    guard let text = String(validating: try await collect(upTo: limit), as: UTF8.self) else {
      throw HTTPError(.badRequest, "the body is not UTF-8")
    }
    return text
  }

  /// The fields of a form, `application/x-www-form-urlencoded`, in order and decoded as the items of a query are.
  ///
  /// Throws `HTTPError` 415 for another Content-Type or none, and what `collect(upTo:)` throws; `limit` is in bytes.
  public func form(upTo limit: Int = defaultLimit) async throws -> NamedValues {
    let type = exchange.value(of: .contentType) ?? ""
    let essence = FieldSyntax.trimmed(type.prefix { $0 != ";" })
    guard FieldSyntax.equalIgnoringCase(essence, "application/x-www-form-urlencoded") else {
      throw HTTPError(
        .unsupportedMediaType, "the body must be application/x-www-form-urlencoded", headers: [.accept: "application/x-www-form-urlencoded"]
      )
    }
    return NamedValues(formContent: try await collect(upTo: limit))
  }
}
