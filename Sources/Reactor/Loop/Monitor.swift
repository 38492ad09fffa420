// A value behind a lock, and the wait for it to change.

import Glibc

/// pthread_mutex_lock(3) and pthread_cond_wait(3) around a value. Every change wakes those who wait.
final class Monitor<Value>: @unchecked Sendable {  // the mutex protects the value
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // A deadline must not move with the clock on the wall.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Reads or changes the value.
  func update<R>(_ body: (inout Value) -> R) -> R {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return body(&value)
  }

  /// Waits until `body` answers something, and at most until `deadline` (CLOCK_MONOTONIC); nil then. Without one it
  /// waits for ever.
  func wait<R>(until deadline: timespec? = nil, _ body: (inout Value) -> R?) -> R? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&value) { return result }
      if var deadline {
        if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return body(&value) }
      } else {
        pthread_cond_wait(condition, mutex)
      }
    }
  }
}

extension timespec {
  /// The moment so many milliseconds from now, on CLOCK_MONOTONIC.
  static func monotonic(after milliseconds: Milliseconds) -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let nanoseconds = time.tv_nsec + Int(milliseconds % 1000) * 1_000_000
    time.tv_sec += Int(milliseconds / 1000) + nanoseconds / 1_000_000_000
    time.tv_nsec = nanoseconds % 1_000_000_000
    return time
  }
}
