// Field lines as the fields of an answer that is streamed.

import HTTPCore
import HTTPTypes

extension HTTPFields {
  /// The lines in order; one whose name is not a token is left out.
  init(_ lines: [FieldLine]) {
    self.init()
    for line in lines {
      guard let name = HTTPField.Name(line.name) else { continue }
      let isPlain = !ObsText.isSpelled(in: line.value)
      append(isPlain ? HTTPField(name: name, value: line.value) : HTTPField(name: name, value: ObsText.octets(line.value)))
    }
  }
}
