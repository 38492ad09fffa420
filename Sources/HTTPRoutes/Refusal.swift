/// Why a value cannot be what it is meant to be: a text that is no size, a file that cannot be read. One line for a
/// diagnostic, which adds the place.
package struct Refusal: Error, Equatable {
  package let message: String

  package init(_ message: String) {
    self.message = message
  }
}
