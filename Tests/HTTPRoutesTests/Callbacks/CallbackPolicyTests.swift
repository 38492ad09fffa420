// Which servers callbacks may go to, by name and by address.

import AsyncHTTPServer
import Reactor
import Testing

@testable import HTTPRoutes

@Suite struct CallbackPolicyTests {
  private static func policy(_ networks: [String] = [], hosts: Set<String> = [], domains: Set<String> = []) -> CallbackPolicy {
    var policy = CallbackPolicy()
    for network in networks { _ = policy.networks.trust(network) }
    policy.hosts = hosts
    policy.domains = domains
    return policy
  }

  @Test func `nothing is allowed unless it is listed`() {
    #expect(CallbackPolicy().allowsNothing)
    for host in ["127.0.0.1", "localhost", "::1", "example.com", "10.0.0.1", ""] {
      #expect(!CallbackPolicy().allows(host: host), "\(host)")
    }
  }

  @Test func `a host is allowed by its address, its name or the name above it`() {
    let policy = Self.policy(["127.0.0.1", "10.0.0.0/8"], hosts: ["hooks.example.com"], domains: ["staging.example.com"])
    for host in ["127.0.0.1", "10.2.3.4", "localhost", "hooks.example.com", "a.staging.example.com", "a.b.staging.example.com"] {
      #expect(policy.allows(host: host), "\(host)")
    }
    for host in [
      "127.0.0.2", "11.0.0.1", "example.com", "a.hooks.example.com", "staging.example.com", "xstaging.example.com",
      "staging.example.com.evil",
      "2130706433", "127.1", "0x7f.0.0.1", ".staging.example.com.", "::1",
    ] {
      #expect(!policy.allows(host: host), "\(host)")
    }
  }

  @Test(arguments: [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "ff02::1",
    "::ffff:127.0.0.1", "64:ff9b::7f00:1",
  ])
  func `a listed name that stands for an address of this machine or of the link is refused`(address: String) throws {
    let policy = Self.policy(hosts: ["hooks.example.com"], domains: ["staging.example.com"])
    let address = try #require(SocketAddress(address, port: 80))
    #expect(!policy.allows(address: address, of: "hooks.example.com"))
    #expect(!policy.allows(address: address, of: "a.staging.example.com"))
  }

  @Test func `a listed name may stand for any other address, and a listed address for any name`() throws {
    let policy = Self.policy(["127.0.0.1"], hosts: ["hooks.example.com"])
    #expect(policy.allows(address: try #require(SocketAddress("10.1.2.3", port: 80)), of: "hooks.example.com"))
    #expect(policy.allows(address: try #require(SocketAddress("2001:db8::1", port: 80)), of: "hooks.example.com"))
    #expect(policy.allows(address: try #require(SocketAddress("127.0.0.1", port: 80)), of: "localhost"))
    #expect(!policy.allows(address: try #require(SocketAddress("10.1.2.3", port: 80)), of: "127.0.0.1"))
  }
}
