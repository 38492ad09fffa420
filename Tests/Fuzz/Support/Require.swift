// What a fuzz target demands of every input.

/// Ends the process with a sentence when `condition` does not hold, in every build: that is what libFuzzer keeps the input for.
@inline(__always)
package func require(_ condition: Bool, _ sentence: @autoclosure () -> String) {
  if !condition { fatalError(sentence()) }
}
