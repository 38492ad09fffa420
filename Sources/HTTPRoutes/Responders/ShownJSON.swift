// Strings of JSON that an operator may look at on a terminal.

import HTTPCore
import JSONText

extension JSONString.Care {
  /// Escapes what moves a cursor or reorders text as well.
  static var showing: Self { .escaping { $0.isUnsafeToShow } }
}
