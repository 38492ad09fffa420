// What the process has used of the machine.

import Glibc
import Reactor
import SystemPackage

/// Processor time and memory of this process.
package struct ProcessUsage: Sendable {
  /// Of all threads, user and system together, in seconds: CLOCK_PROCESS_CPUTIME_ID of clock_gettime(2).
  package let processorSeconds: Double
  /// Of /proc/self/statm (proc_pid_statm(5)); nil where it cannot be read.
  package let residentBytes: Int?
  package let virtualBytes: Int?

  /// As it is now.
  package static var now: ProcessUsage {
    var time = timespec()
    // The clock exists on every Linux, and `time` is ours.
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    let seconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    let pages = memoryPages()
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    func bytes(_ index: Int) -> Int? { index < pages.count ? pages[index].multipliedReportingOverflow(by: pageSize).partialValue : nil }
    return ProcessUsage(processorSeconds: seconds, residentBytes: bytes(1), virtualBytes: bytes(0))
  }

  private static func memoryPages() -> [Int] {
    guard let file = try? Syscalls.open("/proc/self/statm", flags: O_RDONLY),
      let octets = try? Syscalls.readToEnd(file.rawValue, limit: 1024)
    else { return [] }
    return String(decoding: octets, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
  }
}
