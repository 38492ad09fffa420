// Routes with conditions, and a request: the table, its routes asked one by one, and `explain` agree.

import DecisionSupport
import FuzzSupport
import HTTPRoutes

/// A request, as `CheckedRequest` reads it but with its body in one line, and behind that line the items of `routes`.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzWhen(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
  let (head, rest) = CheckedRequest.halves(text)
  guard let rest, !rest.contains("include") else { return 0 }
  let parts = rest.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
  guard parts.count == 2, let request = CheckedRequest("\(head)\n\n\(parts[0])") else { return 0 }
  let result = SettingsLoader.load(text: "routes:\n\(parts[1])", fileName: "/nonexistent/asynchttpd-fuzz/when.yaml", environment: [:])
  guard let settings = result.settings, settings.routes.count <= 40 else { return 0 }
  if let contradiction = contradiction(on: request, of: settings) { require(false, contradiction) }
  return 0
}
