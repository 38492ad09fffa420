// stand-in until the next step
final class RecordingFlight: Sendable {}
