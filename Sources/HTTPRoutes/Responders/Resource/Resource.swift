// `resource`: a list of JSON objects below one path, read and changed by the methods of HTTP.
//
//     request ──→ place (the list, an item, below it) ──→ allowed? ──→ read: at once
//                                                                 └──→ body ──→ one change of the collection ──→ reply

package import AsyncHTTPServer
import HTTPCore
import JSONText
import Logging

/// Answers for a collection.
package struct Resource: Responder {
  private let options: ResourceOptions
  private let changes: ResourceChanges
  /// What the answers read and change.
  let collection: SharedCollection
  private let context: ResponderContext
  /// The fields of an item, and of a list, but for those of its state.
  private let representationFields: [FieldLine]

  package init(_ options: ResourceOptions, context: ResponderContext) {
    self.options = options
    changes = ResourceChanges(options)
    self.context = context
    representationFields = context.fields([ResourceReply.jsonType])
    let rules = options.rules
    collection = context.states.state(of: context.id, definition: ResourceDefinition(options)) {
      // Loading has checked that they fit; what does not is left out.
      SharedCollection(
        seed: (try? ItemCollection(rules: rules, items: options.seed)) ?? ItemCollection(rules: rules),
        saved: options.saved.flatMap { try? ItemCollection(rules: rules, items: $0) }, file: options.file)
    }
  }

  /// Read before the answer, so that a change is made, or not, where it is decided on.
  package var needsBody: Bool { !options.operations.isDisjoint(with: [.create, .replace, .update]) }

  package func answer(_ request: borrowing RequestValues) -> Answer {
    let place = ResourceCall.place(of: request)
    if case .item(let id) = place, options.operations.contains(.get), request.head.knownMethod == .get || request.isHEAD {
      return item(id, request)
    }
    let call = ResourceCall(request)
    if case .deeper = place { return answer(.problem(404, "there is nothing below an item of this list")) }
    guard operation(call) != nil else { return answer(refusal(call)) }
    switch (call.method, place) {
    case (.post, _), (.put, _), (.patch, _): return changing(request, call)
    case (.delete, .item(let id)): return make(changes.delete(id, call))
    default: return list(request, call)
    }
  }

  private func answer(_ reply: ResourceReply) -> Answer {
    var fields = context.fields(reply.fields)
    // Without content there is none for the fields to be about.
    if reply.body.isEmpty { fields = FileResponse.withoutContent(fields) }
    return .bytes(status: reply.status, fields: fields, body: reply.body)
  }

  // MARK: What is allowed

  /// What a request asks for; nil where that is not for its place, or not allowed.
  private func operation(_ call: ResourceCall) -> ResourceOptions.Operation? {
    Self.operations(at: call.place).first { $0.method == call.method && options.operations.contains($0.operation) }?.operation
  }

  private static func operations(
    at place: ResourceCall.Place
  ) -> [(method: RequestMethod, operation: ResourceOptions.Operation)] {
    switch place {
    case .list: [(.get, .list), (.head, .list), (.post, .create)]
    case .item: [(.get, .get), (.head, .get), (.put, .replace), (.patch, .update), (.delete, .delete)]
    case .deeper: []
    }
  }

  /// 204 for OPTIONS, 405 for the rest.
  private func refusal(_ call: ResourceCall) -> ResourceReply {
    let methods = Self.operations(at: call.place).filter { options.operations.contains($0.operation) }.map(\.method)
    let allow = MethodSet(methods + [.options]).allowValue
    var fields = [FieldLine("Allow", allow)]
    guard call.method == .options else {
      let what = call.place == .list ? "the list" : "an item"
      return .problem(405, "\(what) answers \(allow)", fields)
    }
    if methods.contains(.patch) { fields.append(Self.acceptPatch) }
    return ResourceReply(status: 204, fields: fields)
  }

  /// RFC 5789 §3.1.
  private static let acceptPatch = FieldLine("Accept-Patch", ResourceChanges.patchTypes.joined(separator: ", "))

  // MARK: Reading

  private func item(_ id: String, _ request: borrowing RequestValues) -> Answer {
    guard let item = collection.item(id) else { return answer(ResourceChanges.missing(id)) }
    let tag = ResourceReply.entityTag(of: item.octets)
    if FileResponse.isConditional(request.head), let reply = ResourceReply.conditional(ResourceCall(request), tag) {
      return answer(reply)
    }
    return .bytes(status: 200, fields: representationFields + [tag.field], body: item.octets)
  }

  private func list(_ request: borrowing RequestValues, _ call: ResourceCall) -> Answer {
    let items = collection.items
    let octets = request.bytes.extracting(request.head.query ?? 0..<0)
    let query: ListQuery
    do throws(ListQueryError) {
      query = try ListQuery(octets, items: items)
    } catch {
      return answer(.problem(400, error.message))
    }
    let (page, total) = query.select(items)
    let body = options.list.octets(page, total: total, page: query.page.number, limit: query.page.limit)
    let tag = ResourceReply.entityTag(of: body)
    var fields = [FieldLine("X-Total-Count", String(total))]
    if let link = query.page.link(path: call.path.isEmpty ? "/" : call.path, query: octets, total: total) {
      fields.append(FieldLine("Link", link))
    }
    if var reply = call.preconditions.isEmpty ? nil : ResourceReply.conditional(call, tag) {
      reply.fields += fields
      return answer(reply)
    }
    return answer(ResourceReply(status: 200, fields: [ResourceReply.jsonType, tag.field] + fields, body: body))
  }

  // MARK: Changing

  /// A change that a body has a say in.
  private func changing(_ request: borrowing RequestValues, _ call: ResourceCall) -> Answer {
    if call.method == .patch, let type = call.contentType, !ResourceChanges.patchTypes.contains(type) {
      return answer(.problem(415, "a change is sent as \(ResourceChanges.patchTypes.joined(separator: " or "))", [Self.acceptPatch]))
    }
    let members: JSONObject
    switch ResourceBody(request.body.values ?? BodyValues([], contentType: nil)) {
    case .refused(let reply): return answer(reply)
    case .object(let object): members = object
    }
    guard case .item(let id) = call.place else {
      var run = context.makeRun()
      do throws(TemplateFailure) {
        return make(changes.create(try NewItem(members, options, &run, for: request), call))
      } catch {
        return context.answer(error, for: request)
      }
    }
    return make(call.method == .put ? changes.replace(id, with: members, call) : changes.update(id, by: members, call))
  }

  /// A change that is made at once, unless a file has to be written first.
  private func make(_ change: @escaping ResourceChanges.Change) -> Answer {
    collection.isSaved ? .task { try await send(change, $0) } : answer(collection.changeInMemory(change))
  }

  private nonisolated(nonsending) func send(_ change: @escaping ResourceChanges.Change, _ request: Request) async throws {
    let reply: ResourceReply
    do throws(SharedCollection.Unsaved) {
      reply = try await collection.change(change)
    } catch {
      request.logger.error(
        "a resource cannot be saved, and was not changed",
        metadata: ["path": "\(error.path)", "route": "\(context.id)", "error": "\(error.errno)"])
      reply = .problem(507, "the change was not made, because it cannot be saved: \(error.errno)")
    }
    try await request.send(answer(reply))
  }
}

extension ResourceOptions {
  package func makeResponder(_ context: ResponderContext) -> any Responder { Resource(self, context: context) }
}
