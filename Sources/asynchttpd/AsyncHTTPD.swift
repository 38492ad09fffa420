import ArgumentParser

@main
struct AsyncHTTPD: AsyncParsableCommand {
  func run() async throws {}
}
