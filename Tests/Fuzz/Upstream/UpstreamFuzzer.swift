// The head of an upstream's response, as libcurl hands it over: line by line, interim responses first, trailers after the content.

import FuzzSupport
import UpstreamClient

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzUpstream(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var rest = UnsafeRawBufferPointer(start: data, count: count)[...]
  var collector = UpstreamHeadCollector()
  var completions = 0
  while !rest.isEmpty {
    let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
    let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
    rest = rest[end...]
    let fieldCount = collector.head.headers.count
    let wasComplete = collector.isComplete
    switch collector.append(line) {
    case .more:
      require(!wasComplete || collector.head.headers.count == fieldCount, "trailers do not change a head")
    case .complete:
      completions += 1
      checkHead(collector.head)
    case .malformed(let reason):
      require(!reason.isEmpty && !wasComplete, "a head is refused before it is complete")
      return 0
    case .tooLarge:
      require(!wasComplete, "a head is refused before it is complete")
      return 0
    }
  }
  require(completions == (collector.isComplete ? 1 : 0), "a head is complete once")
  return 0
}

private func checkHead(_ head: UpstreamHead) {
  require((200...999).contains(head.status), "a final status: \(head.status)")
  require(head.headers.count <= 200, "fields are bounded")
  for (name, value) in head.headers {
    require(!name.isEmpty, "a field has a name")
    require(
      value.utf8.first != 0x20 && value.utf8.last != 0x20 && value.utf8.first != 0x09 && value.utf8.last != 0x09, "blanks around a value")
  }
  let lengths = head.headers.filter { $0.0.lowercased() == "content-length" }.map(\.1)
  require(Set(lengths).count <= 1, "two lengths that differ: \(lengths)")
}
