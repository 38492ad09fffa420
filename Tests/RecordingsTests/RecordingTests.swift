import Testing

/// One at a time: each has a store that several threads read and write.
@Suite(.serialized, .timeLimit(.minutes(2))) enum RecordingTests {}
