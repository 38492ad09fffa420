// A whole connection: a real server in this process, arbitrary octets in arbitrary pieces. Every answer is HTTP to the letter, there is exactly
// one for each request (ExpectedAnswers says which), it comes without the client having to stop sending, and no descriptor is left behind. Some clients leave
// before they have sent everything.
//
//   FuzzServer        the server under test and its handler          FuzzClient       sends in pieces, reads to the end
//   ExpectedAnswers   what is owed for these octets                  AnswerReader     reads one answer, strictly

import FuzzSupport
import Glibc

private let server = FuzzServer()
private nonisolated(unsafe) var runs = 0
private nonisolated(unsafe) var descriptorsAtRest = 0

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzConnection(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = FuzzInput(data, count)
  if let (count, way) = input.leaving {
    leave(after: Array(input.bytes.prefix(count)), cutAt: input.cuts(of: count), way)
    checkDescriptors()
    return 0
  }
  let expected = ExpectedAnswers(of: input.bytes, maxBodySize: FuzzServer.maxBodySize)
  var client = FuzzClient(connectingTo: server)
  client.send(input.bytes, cutAt: input.cuts)
  var hasEnded = false
  for answer in expected.answers where !hasEnded {
    hasEnded = check(client.readAnswer(toHEAD: answer.isHEAD), answer)
  }
  if !hasEnded, expected.endsBetweenRequests {
    client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    hasEnded = check(client.readAnswer(toHEAD: false), ExpectedAnswer(statuses: [200], endsConnection: false, mayEndConnection: false))
  }
  client.stopSending()
  if !hasEnded, let answer = expected.afterEnd, client.hasMore() {
    hasEnded = check(client.readAnswer(toHEAD: answer.isHEAD), answer)
  }
  require(!client.hasMore(), "an answer to nothing")
  client.close()
  checkDescriptors()
  return 0
}

/// A client that is gone in the midst of whatever it was about. Nothing is owed to one that closes but that its connection ends as well. One that stops
/// sending gets the answers to its whole requests, unless their handlers, which are cancelled, gave up; and then the end, unasked.
private func leave(after bytes: [UInt8], cutAt cuts: Cuts, _ way: FuzzInput.Leaving) {
  var client = FuzzClient(connectingTo: server)
  client.send(bytes, cutAt: cuts)
  switch way {
  case .close: return client.close()
  case .reset: return client.reset()
  case .halfClose: client.stopSending()
  }
  let expected = ExpectedAnswers(of: bytes, maxBodySize: FuzzServer.maxBodySize)
  var hasEnded = false
  for var answer in expected.answers + [expected.afterEnd].compactMap({ $0 }) where !hasEnded && client.hasMore() {
    answer.statuses.formUnion([400, 500])
    answer.mayEndConnection = true
    answer.mayBeCut = true
    hasEnded = check(client.readAnswer(toHEAD: answer.isHEAD), answer)
  }
  require(!client.hasMore(), "an answer to nothing")
  client.close()
}

/// True if the connection ends with the answer.
private func check(_ answer: FuzzClient.Answer, _ expected: ExpectedAnswer) -> Bool {
  switch answer {
  case .cut:
    require(expected.mayBeCut, "the connection ended without the whole answer that is owed")
    return true
  case .whole(let status, let announcesClose):
    require(expected.statuses.contains(status), "\(status) instead of \(expected.statuses)")
    require(announcesClose || !expected.endsConnection || expected.mayBeCut, "an answer that ends its connection says so")
    require(!announcesClose || expected.mayEndConnection || expected.mayBeCut, "an answer ends its connection without a reason")
    return announcesClose
  }
}

/// Every so often, once the server has seen all connections go.
private func checkDescriptors() {
  runs += 1
  guard runs % 256 == 0 else { return }
  for _ in 0..<10_000_000 where server.openConnections > 0 { sched_yield() }
  require(server.openConnections == 0, "\(server.openConnections) connections outlive their clients")
  if descriptorsAtRest == 0 { descriptorsAtRest = openDescriptorCount() }
  // The server counts its descriptors in the same way, and holds one of its own meanwhile.
  var count = openDescriptorCount()
  for _ in 0..<10_000 where count > descriptorsAtRest {
    sched_yield()
    count = openDescriptorCount()
  }
  require(count <= descriptorsAtRest, "\(count) descriptors where there were \(descriptorsAtRest)")
}

/// Pipes are those of libFuzzer to its symbolizer; the server has none.
private func openDescriptorCount() -> Int {
  guard let stream = opendir("/proc/self/fd") else { fatalError("/proc is not there") }
  defer { closedir(stream) }
  var count = 0
  var link = [CChar](repeating: 0, count: 5)
  while let entry = readdir(stream) {
    let length = readlinkat(dirfd(stream), &entry.pointee.d_name.0, &link, link.count)
    if length > 0, !link.elementsEqual("pipe:".utf8.map(CChar.init)) { count += 1 }
  }
  return count
}
