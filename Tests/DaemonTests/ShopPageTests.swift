// The front end of config/examples/shop.yaml in a real browser, clicked through from sign-in to delivery.

import Foundation
import Testing

extension BlackBox {
  @Suite(
    .enabled(if: Requirement.path(of: "chromium") != nil, "needs chromium, which is not installed by `make test`"))
  struct ShopPageTests {
    @Test func `a visitor of the shop searches, signs in, pays once, follows the order and asks a carrier that is down at first`() throws {
      let directory = try TemporaryDirectory()
      let port = try freePort()
      let shop = try String(contentsOfFile: "\(repository)/config/examples/shop.yaml", encoding: .utf8)
      let configuration = shop.replacing("127.0.0.1:8080", with: "127.0.0.1:\(port)")
        .replacing("../site/shop", with: "\(repository)/config/site/shop")
        .replacing("../../.run/recordings/shipping", with: directory.file("shipping"))
        .replacing(
          "\nroutes:\n",
          with: """

            routes:
              - {path: /journey.html, file: \(repository)/Tests/DaemonTests/Browser/shop-journey.html}
              # Taken back by the page when the visit is over.
              - {path: /hold, text: "", delay: 1h}

            """)
      let daemon = try DaemonProcess(configuration, in: directory)
      let page = try Browser.dump("http://127.0.0.1:\(port)/journey.html", in: directory)
      let seen = page.matches(of: /<li>([^<]*)<\/li>/).map { String($0.output.1) }
      for told in [
        "the first page: page 1 of 3", "lamps: Desk lamp, Floor lamp, Reading lamp", "signed in: Ada Lovelace, cart open",
        "the job: paid; the order is shipped", "events: packed, packed, packed, shipped", "paying again: the cart is paid already",
        "shipping: 4.90 €, in 2 days",
      ] {
        #expect(seen.contains(told), "\(seen)")
      }
      // The carrier was asked twice, its error is not kept: what it said at last is in a file, and nothing else is.
      let listing = try DaemonProcess.run("recordings", "list", "--config", directory.file("asynchttpd.yaml")).output
      #expect(listing.contains("1 recording,") && listing.contains("/de"), "\(listing)")
      try daemon.stop()
    }
  }
}
