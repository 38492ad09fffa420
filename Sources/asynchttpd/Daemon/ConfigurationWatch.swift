// `--watch`: a save is a reload. What is watched are the files that the last attempt to load has read, or would have
// read: after one that was refused, those of the configuration that serves as well.

import Glibc
import HTTPRoutes
import Logging
import Reactor
import Synchronization
import SystemPackage

extension Daemon {
  /// Begins to watch. On the control thread.
  func startWatching() {
    do throws(Errno) {
      let watch = try FileWatch(on: control) { [weak self] in self?.filesChanged() }
      fileWatch.withLock { $0 = watch }
    } catch {
      return logger.warning("--watch: files cannot be watched; asynchttpd reload takes up an edit", metadata: ["error": "\(error)"])
    }
    watchFiles()
  }

  private func filesChanged() {
    logger.debug("a watched file has changed")
    reloads.withLock { $0 }?.request()
  }

  /// Watches what the last attempt to load has named. On the control thread, after each.
  func watchFiles() {
    guard let watch = fileWatch.withLock({ $0 }) else { return }
    let (paths, since) = state.withLock { ($0.watchedPaths, $0.loadedAt) }
    let coverage = watch.watch(Self.absolute(paths), since: since)
    logger.debug("watching", metadata: ["files": "\(coverage.files)", "directories": "\(coverage.directories)"])
    if let problem = coverage.problem {
      logger.warning(
        "--watch: not every directory can be watched; see /proc/sys/fs/inotify/max_user_watches", metadata: ["error": "\(problem)"])
    }
    if coverage.isCut { logger.warning("--watch: there are more directories than are watched") }
  }

  func stopWatching() {
    fileWatch.withLock { watch in
      watch?.cancel()
      watch = nil
    }
  }

  private static func absolute(_ paths: [String]) -> [String] {
    guard let directory = Syscalls.currentDirectory() else { return paths.filter { $0.hasPrefix("/") } }
    return paths.map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
  }
}
