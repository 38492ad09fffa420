/// `json` and `json_file`: a body known when the configuration is loaded.
package struct CannedJSONOptions: ResponderOptions {
  package static let kind = "json"

  package var status = AnswerStatus.literal(200)
  package var contentType = "application/json"
  /// `json` in the order and spelling of the configuration; `json_file` byte for byte, unless it is a template.
  package var body: BodyTemplate

  /// When the `json_file` was last modified, in seconds since 1970; nil for a body in the configuration, which has no
  /// validators.
  package var modified: Int64?

  package init(body: BodyTemplate) {
    self.body = body
  }

  /// As with any stub or nginx's `return`: the answer is the same whatever is asked.
  package var defaultMethods: [String]? { nil }

  package func changes(from old: Self) -> [String] {
    Self.change("status", old.status.shown, status.shown) + Self.change("content_type", old.contentType, contentType)
      + (old.body == body ? [] : ["body"])
  }
}
