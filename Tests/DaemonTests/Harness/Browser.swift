// Chromium without a window.

import Foundation

enum Browser {
  /// The page as it is when it has loaded, the script's work in it; a picture of it goes to BROWSER_SCREENSHOT.
  static func dump(_ url: String, in directory: TemporaryDirectory, width: Int = 1000, height: Int = 800) throws -> String {
    let picture = ProcessInfo.processInfo.environment["BROWSER_SCREENSHOT"] ?? directory.file("page.png")
    // No sandbox: root has none to give, and the page is ours.
    let (exit, output, error) = try run(
      [
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--user-data-dir=\(directory.file("profile"))", "--window-size=\(width),\(height)", "--screenshot=\(picture)", "--dump-dom", url,
      ], within: 5 * patience)
    guard exit == .code(0) else { throw HarnessError("chromium: \(exit) \(error)") }
    return output
  }
}
