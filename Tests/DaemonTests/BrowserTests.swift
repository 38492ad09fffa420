import Foundation
import Testing

extension BlackBox {
  /// A real browser, in front of nginx, in front of the daemon. Neither Chromium nor ffmpeg is among what `make test` installs.
  @Suite(
    .enabled(
      if: Requirement.nginx && Requirement.path(of: "chromium") != nil && Requirement.path(of: "ffmpeg") != nil,
      "needs nginx, chromium and ffmpeg; the last two are not installed by `make test`"))
  struct BrowserTests {
    @Test func `a browser loads a page with assets, seeks in a video by ranges and follows deep links`() throws {
      let directory = try TemporaryDirectory()
      try FileManager.default.copyItem(atPath: "\(repository)/Tests/DaemonTests/Browser/site", toPath: directory.file("site"))
      try makeFilm(directory.file("site/assets/film.webm"))
      let port = try freePort()
      let daemon = try DaemonProcess(
        """
        listen: [127.0.0.1:\(port)]
        access_log: {path: \(directory.file("access.log")), format: json}
        routes:
          # Taken back by the page when it has seen what it waits for.
          - {path: /hold, text: "", delay: 1h}
          - path: /**
            static: {root: \(directory.file("site")), fallback: /index.html}
        """, in: directory)
      let front = try Nginx(site: "asynchttpd.conf", upstream: "127.0.0.1:\(port)", replacing: "127.0.0.1:8080")
      let page = try Browser.dump("http://127.0.0.1:\(front.port)/users/7/orders?tab=open", in: directory)
      for told in [
        #"<output id="route">/users/7/orders?tab=open</output>"#, #"<output id="style">rgb(0, 64, 128)</output>"#,
        #"<output id="picture">48 pixels wide</output>"#, #"<output id="video">red, then blue</output>"#,
      ] {
        #expect(page.contains(told), "\(page)")
      }
      try daemon.stop()
      let film = try directory.read("access.log").split(separator: "\n").filter { $0.contains("/assets/film.webm") }
      // From the start, and then from where the late frame lies. A range that the browser still has and only asks about may be 304.
      #expect(film.filter { $0.contains(#""status":206"#) }.count >= 2, "\(film)")
      #expect(film.allSatisfy { $0.contains(#""status":206"#) || $0.contains(#""status":304"#) }, "\(film)")
    }

    /// A red half and a blue one, with so much noise that no browser fetches it all before it seeks.
    private func makeFilm(_ path: String) throws {
      let halves = ["red", "blue"].flatMap { ["-f", "lavfi", "-i", "color=\($0):s=160x90:d=30:r=10"] }
      let (exit, _, error) = try run(
        ["ffmpeg", "-v", "error"] + halves + [
          "-filter_complex", "[0][1]concat,noise=alls=60:allf=t", "-c:v", "libvpx", "-b:v", "6M", "-qmin", "0", "-qmax", "4", "-quality",
          "realtime", "-cpu-used", "8", "-g", "10", path,
        ], within: 5 * patience)
      guard exit == .code(0) else { throw HarnessError("ffmpeg: \(error)") }
    }
  }
}
