// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// Every target of this package is built the same way: Swift 6 mode, explicit existentials and imports, no warning left standing.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// RequestValues borrows a request, and says for how long: @_lifetime has no final spelling yet.
let borrowing: [SwiftSetting] = strict + [.enableExperimentalFeature("Lifetimes")]

/// Targets that touch no memory by hand say so and are held to it.
let memorySafe: [SwiftSetting] = strict + [.strictMemorySafety()]

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "asynchttpd",
  products: [
    .executable(name: "asynchttpd", targets: ["asynchttpd"]),
    .library(name: "AsyncHTTPServer", targets: ["AsyncHTTPServer"]),
    .library(name: "AsyncHTTPServerJSON", targets: ["AsyncHTTPServerJSON"]),
    .library(name: "AsyncHTTPServerLifecycle", targets: ["AsyncHTTPServerLifecycle"]),
    .library(name: "HTTPRoutes", targets: ["HTTPRoutes"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    // For AsyncHTTPServerLifecycle alone: who does not use that product does not build it.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // The kernel, libyaml, libcurl, PCRE2 and zlib, each behind one C module.
    .target(name: "CLinux"),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CCurl"),
    .target(name: "CRegex"),
    .target(name: "CZlib"),

    // The leaves: none of them knows another, but for the client that runs on the reactor.
    .target(name: "HTTPCore", swiftSettings: memorySafe),
    .target(name: "Reactor", dependencies: ["CLinux", system], swiftSettings: strict),
    .target(name: "JSONText", swiftSettings: memorySafe),
    .target(name: "RegularExpressions", dependencies: ["CRegex"], swiftSettings: strict),
    .target(name: "YAMLDocument", dependencies: ["CYAML"], swiftSettings: strict),
    .target(name: "UpstreamClient", dependencies: ["CCurl", "CZlib", "HTTPCore", "Reactor", system], swiftSettings: strict),

    // The store of recorded exchanges on disk.
    .target(name: "Recordings", dependencies: ["HTTPCore", "Reactor", "YAMLDocument", system], swiftSettings: strict),

    // The server, the routes, the process.
    .target(
      name: "AsyncHTTPServer", dependencies: ["HTTPCore", "Reactor", httpTypes, logging, system], swiftSettings: strict),
    // By itself for FoundationEssentials, which a server without it need not load.
    .target(name: "AsyncHTTPServerJSON", dependencies: ["AsyncHTTPServer", httpTypes], swiftSettings: strict),
    .target(
      name: "AsyncHTTPServerLifecycle", dependencies: ["AsyncHTTPServer", serviceLifecycle], swiftSettings: strict),
    .target(
      name: "HTTPRoutes",
      dependencies: [
        "AsyncHTTPServer", "HTTPCore", "JSONText", "Reactor", "Recordings", "RegularExpressions", "UpstreamClient", "YAMLDocument",
        httpTypes,
        logging, system,
      ],
      swiftSettings: borrowing),
    // What an operator looks at: the admin listener's endpoints, metrics and page.
    .target(
      name: "RouteAdmin",
      dependencies: [
        "AsyncHTTPServer", "HTTPCore", "HTTPRoutes", "JSONText", "Reactor", "Recordings", "YAMLDocument", httpTypes, logging, system,
      ],
      resources: [.embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js")],
      swiftSettings: strict),
    .executableTarget(
      name: "asynchttpd",
      dependencies: [
        "AsyncHTTPServer", "HTTPCore", "HTTPRoutes", "JSONText", "Reactor", "Recordings", "RouteAdmin", "YAMLDocument", httpTypes, logging,
        system, argumentParser,
      ],
      swiftSettings: strict),

    // The ancestor's two examples and others, built with everything else so that they stay true.
    .executableTarget(
      name: "HelloWorld", dependencies: ["AsyncHTTPServer"], path: "Tests/Examples/HelloWorld", swiftSettings: strict),
    .executableTarget(
      name: "JSONExample", dependencies: ["AsyncHTTPServer"], path: "Tests/Examples/JSONExample", swiftSettings: strict),
    .executableTarget(
      name: "StreamingUpload", dependencies: ["AsyncHTTPServer", system], path: "Tests/Examples/StreamingUpload", swiftSettings: strict),
    .executableTarget(
      name: "ServerSentEvents", dependencies: ["AsyncHTTPServer"], path: "Tests/Examples/ServerSentEvents", swiftSettings: strict),
    .executableTarget(
      name: "GracefulShutdown", dependencies: ["AsyncHTTPServer", "AsyncHTTPServerLifecycle", serviceLifecycle, unixSignals, logging],
      path: "Tests/Examples/GracefulShutdown", swiftSettings: strict),
    .executableTarget(
      name: "ProtocolUpgrade", dependencies: ["AsyncHTTPServer"], path: "Tests/Examples/ProtocolUpgrade", swiftSettings: strict),
    // The stub server in a Swift test, and what runs the examples above: `swift build --build-tests` has built them beside it.
    .testTarget(
      name: "ExampleTests", dependencies: ["AsyncHTTPServer", "AsyncHTTPServerJSON", "HTTPRoutes"],
      path: "Tests/Examples/ExampleTests", swiftSettings: strict),

    // What a table decides, held against a scan and against what `explain` says: for a test and a fuzz target.
    .target(name: "DecisionSupport", dependencies: ["HTTPRoutes"], path: "Tests/DecisionSupport", swiftSettings: strict),
    // The exchanges of Tests/Vectors, for the tests of the parser and of the server.
    .target(name: "VectorSupport", path: "Tests/VectorSupport", swiftSettings: strict),
    // A private certificate authority, for the tests of the client and of the daemon.
    .target(name: "AuthoritySupport", path: "Tests/AuthoritySupport", swiftSettings: strict),
    .testTarget(
      name: "HTTPCoreTests", dependencies: ["HTTPCore", "VectorSupport"], exclude: ["DifferentialReader.py", "GrammarReader.py"],
      swiftSettings: strict),
    .testTarget(name: "ReactorTests", dependencies: ["Reactor", system], swiftSettings: strict),
    .testTarget(name: "JSONTextTests", dependencies: ["JSONText", "RegularExpressions"], swiftSettings: strict),
    .testTarget(name: "RegularExpressionsTests", dependencies: ["RegularExpressions"], swiftSettings: strict),
    .testTarget(name: "RecordingsTests", dependencies: ["Recordings", "HTTPCore", "Reactor", system], swiftSettings: strict),
    .testTarget(name: "YAMLDocumentTests", dependencies: ["YAMLDocument"], swiftSettings: strict),
    .testTarget(
      name: "UpstreamClientTests", dependencies: ["UpstreamClient", "AuthoritySupport", "HTTPCore", "Reactor", system],
      swiftSettings: strict),
    .testTarget(
      name: "AsyncHTTPServerTests",
      dependencies: ["AsyncHTTPServer", "AsyncHTTPServerJSON", "HTTPCore", "Reactor", "VectorSupport", httpTypes, logging, system],
      swiftSettings: strict),
    .testTarget(
      name: "AsyncHTTPServerLifecycleTests",
      dependencies: [
        "AsyncHTTPServer", "AsyncHTTPServerLifecycle", serviceLifecycle, logging,
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "HTTPRoutesTests",
      dependencies: [
        "HTTPRoutes", "AsyncHTTPServer", "DecisionSupport", "HTTPCore", "JSONText", "Reactor", "Recordings", "UpstreamClient",
        "YAMLDocument", httpTypes, logging, system,
      ],
      exclude: ["Configuration/SchemaReader.py"], swiftSettings: strict),
    .testTarget(
      name: "RouteAdminTests",
      dependencies: ["RouteAdmin", "AsyncHTTPServer", "HTTPCore", "HTTPRoutes", "JSONText", "Reactor", httpTypes, logging, system],
      swiftSettings: strict),
    .testTarget(
      name: "DaemonTests",
      dependencies: ["asynchttpd", "AuthoritySupport", "HTTPCore", "HTTPRoutes", "Reactor", "Recordings", logging, system],
      exclude: ["Browser", "FileServers", "Programs"], swiftSettings: strict),
  ]
)

// The fuzz targets link with libFuzzer's own `main`, so nobody but `make fuzz` builds them: ASYNCHTTPD_FUZZ=1 swift build --sanitize=fuzzer …
if ProcessInfo.processInfo.environment["ASYNCHTTPD_FUZZ"] != nil {
  func fuzzTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
      name: "Fuzz\(name)", dependencies: ["FuzzSupport"] + dependencies, path: "Tests/Fuzz/\(name)", swiftSettings: strict)
  }
  package.targets += [
    .target(name: "FuzzSupport", path: "Tests/Fuzz/Support", swiftSettings: strict),
    fuzzTarget("Head", ["HTTPCore"]),
    fuzzTarget("Chunked", ["HTTPCore"]),
    fuzzTarget("Target", ["HTTPCore"]),
    fuzzTarget("Conditions", ["HTTPCore"]),
    fuzzTarget("Json", ["JSONText"]),
    fuzzTarget("Jsonpath", ["JSONText", "RegularExpressions"]),
    fuzzTarget("Settings", ["HTTPRoutes", "YAMLDocument"]),
    fuzzTarget("Template", ["HTTPCore", "HTTPRoutes", "JSONText", "Reactor"]),
    fuzzTarget("When", ["DecisionSupport", "HTTPRoutes"]),
    fuzzTarget("Journal", ["HTTPCore", "HTTPRoutes", "JSONText", "Reactor", "RouteAdmin"]),
    fuzzTarget("Connection", ["AsyncHTTPServer", "HTTPCore", logging]),
    fuzzTarget("Upstream", ["HTTPCore", "UpstreamClient"]),
  ]
}
