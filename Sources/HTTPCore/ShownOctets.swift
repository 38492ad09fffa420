// What octets from elsewhere (a path, a file system) look like to people, in a page or a message.

/// A decoded path or the name of a file, for people.
package enum ShownOctets {
  /// One line of text, in which a percent escape stands for each octet that is not UTF-8 or belongs to a character that
  /// is unsafe to show. A percent sign stays as it is: the text is to be read, not to be decoded.
  package static func text(_ octets: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(octets.count)
    var parser = Unicode.UTF8.ForwardParser()
    var source = octets.makeIterator()
    var rest = octets[...]
    while true {
      let count: Int
      var isEscaped = true
      switch parser.parseScalar(from: &source) {
      case .valid(let encoded):
        count = encoded.count
        isEscaped = Unicode.UTF8.decode(encoded).isUnsafeToShow
      case .error(let length): count = length
      case .emptyInput: return String(decoding: result, as: UTF8.self)
      }
      for octet in rest.prefix(count) {
        if isEscaped {
          result.append(contentsOf: Octet.escaped(octet == NormalizedPath.encodedSlash ? Octet.slash : octet))
        } else {
          result.append(octet)
        }
      }
      rest = rest.dropFirst(count)
    }
  }
}
