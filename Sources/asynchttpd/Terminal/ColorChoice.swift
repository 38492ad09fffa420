// Whether text is coloured: what --color says, and else what the stream and the environment say.

import ArgumentParser
import HTTPRoutes

/// The values of `--color`.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument, Sendable {
  case auto, always, never

  /// Whether text on a stream is coloured. By itself it is on a terminal that knows colours, unless NO_COLOR has a value
  /// (no-color.org).
  func isOn(_ stream: StandardStream, environment: [String: String]) -> Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .auto:
      let terminal = environment["TERM"] ?? ""
      return Terminal.isTerminal(stream) && !terminal.isEmpty && terminal != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }
  }
}

/// The option of every command whose text may be coloured.
struct ColorOption: ParsableArguments {
  @Option(help: ArgumentHelp("Colour the output: auto, always or never; auto obeys NO_COLOR.", valueName: "when"))
  var color = ColorChoice.auto

  /// An empty text for a stream, coloured where that is wanted.
  func text(for stream: StandardStream) -> PaintedText {
    PaintedText(isPainted: color.isOn(stream, environment: ProcessEnvironment.variables))
  }
}
