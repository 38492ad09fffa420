// The body of a request as values: its text, its JSON, the fields of its form. Each is read once, when it is first
// asked for, however many routes ask.

import AsyncHTTPServer
package import HTTPCore
package import JSONText
import Reactor

/// A body that has been read. Confined to the task that answers the request.
package final class BodyValues {
  package let octets: [UInt8]
  /// The fields of a form; nil for a body that is not a form.
  package private(set) lazy var form: [FormField]? = contentType.flatMap { FormFields.read(octets, contentType: $0) }
  /// The body as JSON; nil for a body that is not JSON, or whose JSON breaks a bound.
  package private(set) lazy var json: JSONValue? = parse()
  /// Why there is no JSON, once that was asked for.
  package private(set) var jsonError: JSONError?

  private let contentType: String?

  /// Bounds of a body that is read as JSON. 512 Ki values of an 8 MiB body take less than 64 MiB.
  package static let limits = JSONLimits(depth: 128, nodes: 1 << 19)

  /// - Parameters:
  ///   - contentType: the value of Content-Type; nil without one.
  package init(_ octets: [UInt8], contentType: String?) {
    self.octets = octets
    self.contentType = contentType
  }

  /// Reads the body of a request, which `limits.body` bounds, and leaves it to be read again. A long JSON text is
  /// parsed in slices and a long form on another thread, so that others on the same thread are answered in between.
  /// Throws what the body's reader throws.
  nonisolated(nonsending) convenience init(reading request: Request) async throws {
    let octets = try await request.readBody()
    self.init(octets, contentType: request.head.combinedValue(of: .contentType, in: request.headBytes.span))
    guard octets.count > Self.slice else { return }
    if let contentType, FormFields.areIn(contentType: contentType) {
      form = await BackgroundThread.run { FormFields.read(octets, contentType: contentType) }
    }
    guard let first = octets.first(where: { $0 > 0x20 }),
      first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    else { return }
    var parser = JSONParser(octets, limits: Self.limits)
    json = nil
    do throws(JSONError) {
      while json == nil {
        json = try parser.run(octets: Self.slice)
        if json == nil { await request.reactor.nextTurn() }
      }
    } catch {
      jsonError = error
    }
  }

  private func parse() -> JSONValue? {
    do throws(JSONError) {
      return try JSONValue(parsing: octets, limits: Self.limits)
    } catch {
      jsonError = error
      return nil
    }
  }

  /// Octets of JSON that are parsed in one turn of the thread: at most 5 ms.
  private static let slice = 65_536

  /// The body as text; octets that are not UTF-8 are spelled as `ObsText` does.
  package private(set) lazy var text = ObsText.text(octets)
}

/// What is known of a request's body.
package enum RequestBodyState {
  /// The request has none.
  case none
  /// It has not been read: a test that asks for it cannot be decided yet.
  case unread
  case read(BodyValues)

  /// The body, an empty one where the request has none; nil before it is read.
  package var values: BodyValues? {
    switch self {
    case .none: BodyValues([], contentType: nil)
    case .unread: nil
    case .read(let values): values
    }
  }
}
