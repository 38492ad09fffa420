// The one importer of CYAML. libyaml reads the text and reports events; each is copied into a Swift value and given
// back to libyaml before the next is asked for, so no C pointer leaves this file and none outlives its call, whichever
// way the call ends.

import CYAML

/// One event of a YAML stream.
struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd, documentStart, documentEnd
    case alias(String)
    case scalar(text: String, style: YAMLScalar.Style, anchor: String?, tag: String?)
    case sequenceStart(anchor: String?, tag: String?, isFlow: Bool)
    case sequenceEnd
    case mappingStart(anchor: String?, tag: String?, isFlow: Bool)
    case mappingEnd
  }

  let kind: Kind
  let span: SourceSpan

  /// Whether it ends a collection.
  var endsCollection: Bool {
    switch kind {
    case .sequenceEnd, .mappingEnd: true
    default: false
    }
  }
}

/// A libyaml parser over one text in memory.
struct YAMLEventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let source: SourceText

  /// libyaml reads UTF-8 after any byte order mark; UTF-16 is refused before it gets here.
  init(source: SourceText) {
    self.source = source
    let text = source.bytes.dropFirst(source.byteOrderMarkLength)
    input = .allocate(capacity: max(1, text.count))
    _ = input.initialize(from: text)
    parser = .allocate(capacity: 1)
    // It fails for want of memory alone, where Swift's own allocations end the process too.
    precondition(yaml_parser_initialize(parser) == 1, "out of memory")
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// The next event. After an error the reader has no more to say.
  mutating func next() throws(YAMLError) -> YAMLEvent {
    var event = yaml_event_t()
    defer { yaml_event_delete(&event) }
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    return YAMLEvent(kind: kind(of: event), span: span(from: event.start_mark, to: event.end_mark))
  }

  private func kind(of event: yaml_event_t) -> YAMLEvent.Kind {
    switch event.type {
    case YAML_STREAM_START_EVENT:
      return .streamStart
    case YAML_DOCUMENT_START_EVENT:
      return .documentStart
    case YAML_DOCUMENT_END_EVENT:
      return .documentEnd
    case YAML_ALIAS_EVENT:
      return .alias(String(cString: event.data.alias.anchor))
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return .scalar(text: text, style: style(scalar.style), anchor: string(scalar.anchor), tag: string(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let sequence = event.data.sequence_start
      return .sequenceStart(
        anchor: string(sequence.anchor), tag: string(sequence.tag), isFlow: sequence.style == YAML_FLOW_SEQUENCE_STYLE)
    case YAML_SEQUENCE_END_EVENT:
      return .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      let mapping = event.data.mapping_start
      return .mappingStart(
        anchor: string(mapping.anchor), tag: string(mapping.tag), isFlow: mapping.style == YAML_FLOW_MAPPING_STYLE)
    case YAML_MAPPING_END_EVENT:
      return .mappingEnd
    default:
      return .streamEnd
    }
  }

  private func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
    case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
    default: .plain
    }
  }

  private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  /// libyaml counts from 0, in characters.
  private func span(from start: yaml_mark_t, to end: yaml_mark_t) -> SourceSpan {
    SourceSpan(
      line: Int(clamping: start.line) + 1, column: Int(clamping: start.column) + 1,
      endLine: Int(clamping: end.line) + 1, endColumn: Int(clamping: end.column) + 1)
  }

  /// What libyaml holds against the text, in our words.
  private func failure() -> YAMLError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "this is not YAML"
    let context = parser.pointee.context.map { String(cString: $0) }
    if parser.pointee.error == YAML_READER_ERROR {
      let offset = Int(clamping: parser.pointee.problem_offset) + source.byteOrderMarkLength
      return YAMLSyntaxMessage.unreadable(problem, value: Int(parser.pointee.problem_value), at: source.mark(atByte: offset))
    }
    var mark = span(from: parser.pointee.problem_mark, to: parser.pointee.problem_mark).inFile(source.file)
    // At the end of its input libyaml stands on a line of its own; what is missing is missing where the text ends. A
    // tab too many is where it is, though nothing follows it.
    let end = source.endOfText
    if mark.span > end.span, source.character(at: mark) == nil { mark = end }
    let contextSpan = span(from: parser.pointee.context_mark, to: parser.pointee.context_mark)
    let contextMark = context == nil ? nil : contextSpan.inFile(source.file)
    return YAMLSyntaxMessage.error(problem, at: mark, context: context, contextMark: contextMark, source: source)
  }
}
