// Which requests share a fetch while it is under way: those that ask for the same with the same credentials, whatever
// is recorded of it.

import Recordings

struct FlightKey: Hashable, Sendable {
  private let key: RecordingKey
  /// As they came.
  private let credentials: [UInt8]
  /// The fields that an earlier fetch turned out to vary by.
  private var vary: [RecordingKey.Header] = []
  /// Nil for a fetch that others may join.
  private var number: UInt64?

  init(_ key: RecordingKey, credentials: [UInt8]) {
    self.key = key
    self.credentials = credentials
  }

  /// Those who were answered otherwise than they asked, and ask anew.
  mutating func tell(apart vary: [RecordingKey.Header]) { self.vary = vary }

  /// No other request joins.
  mutating func close() { number = SerialNumber.next() }
}
