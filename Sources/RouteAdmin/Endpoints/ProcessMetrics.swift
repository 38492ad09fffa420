// The metrics that are not about single routes.

import AsyncHTTPServer
import HTTPRoutes

enum ProcessMetrics {
  static func append(_ context: AdminContext, to text: inout PrometheusText) {
    let source = context.source
    let serving = source.serving
    text.begin("asynchttpd_build_info", .gauge, "The version that runs; the value is 1.")
    text.sample([("version", source.program.version)], 1)
    server(source.serverMetrics, &text)
    descriptors(source.descriptors, &text)
    configuration(source, serving, &text)
    routes(serving.table, &text)
    let dropped = source.droppedLines
    text.begin("asynchttpd_dropped_log_lines_total", .counter, "Lines that a log did not take in time, or at all.")
    text.sample([("log", "log")], dropped.log)
    text.sample([("log", "access_log")], dropped.accessLog)
    if let figures = context.journal?.figures { journal(figures, &text) }
    process(source.program, source.descriptors, &text)
  }

  private static func journal(_ figures: Journal.Figures, _ text: inout PrometheusText) {
    text.metric("asynchttpd_journal_entries", .gauge, "Requests that the journal keeps.", figures.entries)
    text.metric("asynchttpd_journal_bytes", .gauge, "Bytes that those take.", figures.bytes)
    text.metric(
      "asynchttpd_journal_lost", .gauge, "Requests that have made room for later ones since the journal was emptied.", figures.lost)
  }

  private static func server(_ metrics: ServerMetrics, _ text: inout PrometheusText) {
    text.metric("asynchttpd_connections", .gauge, "Connections of clients that are open.", metrics.openConnections)
    text.metric(
      "asynchttpd_connections_accepted_total", .counter, "Connections of clients that were accepted.", metrics.acceptedConnections)
    text.metric(
      "asynchttpd_connections_shed_total", .counter, "Idle connections that were closed to make room for waiting ones.",
      metrics.shedConnections)
    text.metric(
      "asynchttpd_connections_refused_total", .counter, "Connections that were closed before they were served.", metrics.refusedConnections)
    text.metric(
      "asynchttpd_connections_kept_total", .counter, "Times that a connection was kept open after an answer.", metrics.keptConnections)
    text.metric("asynchttpd_received_bytes_total", .counter, "Bytes read from clients, framing included.", metrics.receivedBytes)
    text.metric("asynchttpd_sent_bytes_total", .counter, "Bytes written to clients, framing included.", metrics.sentBytes)
    text.metric("asynchttpd_requests_read_total", .counter, "Requests whose head was read whole and well-formed.", metrics.requests)
    text.metric(
      "asynchttpd_requests_rejected_total", .counter, "Requests that broke a rule of HTTP or a limit.", metrics.rejectedRequests)
    text.metric("asynchttpd_timeouts_total", .counter, "Requests and connections that ran out of time.", metrics.timeouts)
    text.metric("asynchttpd_failed_handlers_total", .counter, "Requests whose handler failed.", metrics.failedHandlers)
    text.metric("asynchttpd_gate_open", .gauge, "Whether connections are accepted: 1, or 0 without room.", metrics.isGateShut ? 0 : 1)
    text.metric("asynchttpd_gate_closures_total", .counter, "Times that there was no room for connections.", metrics.gateClosures)
  }

  private static func descriptors(_ facts: DescriptorFacts, _ text: inout PrometheusText) {
    text.metric("asynchttpd_descriptor_limit", .gauge, "Descriptors that serving clients may use.", facts.limit)
    text.metric("asynchttpd_descriptors_reserved", .gauge, "Descriptors that are kept for the admin listener.", facts.reserved)
  }

  private static func configuration(_ source: any AdminSource, _ serving: ServingFacts, _ text: inout PrometheusText) {
    text.metric("asynchttpd_routes", .gauge, "Routes that are served.", serving.settings.routes.count)
    text.metric("asynchttpd_configuration_generation", .gauge, "Reloads that took effect since the start.", serving.generation)
    text.begin("asynchttpd_reloads_total", .counter, "Reloads since the start, by outcome.")
    text.sample([("outcome", "reloaded")], serving.generation)
    text.sample([("outcome", "refused")], source.refusedReloads)
    if let last = source.reloads.first {
      text.begin("asynchttpd_last_reload_successful", .gauge, "Whether the last reload took effect.")
      text.sample([], last.outcome == .reloaded ? 1 : 0)
      text.begin("asynchttpd_last_reload_timestamp_seconds", .gauge, "When the last reload was over, seconds since 1970.")
      text.sample([], Double(last.milliseconds) / 1000)
    }
    text.metric("asynchttpd_draining", .gauge, "Whether the process is about to end.", serving.isDraining ? 1 : 0)
  }

  private static func routes(_ table: RouteTable, _ text: inout PrometheusText) {
    let (activity, cached) = (table.activity, table.cachedFiles)
    text.metric(
      "asynchttpd_recordings_evicted_total", .counter, "Recordings that were removed to keep to max_size.", activity.evictedRecordings)
    text.metric(
      "asynchttpd_recorded_bytes_total", .counter, "Bytes of the disk by which stores grew with their recordings.", activity.recordedBytes)
    text.metric("asynchttpd_cached_files", .gauge, "Small files and recordings that threads keep in memory.", cached.count)
    text.metric("asynchttpd_cached_file_bytes", .gauge, "Bytes that those take.", cached.byteCount)
    text.begin("asynchttpd_callbacks_total", .counter, "Callbacks, by what became of them.")
    text.sample([("outcome", "sent")], activity.sentCallbacks)
    text.sample([("outcome", "failed")], activity.failedCallbacks)
    text.sample([("outcome", "dropped")], activity.droppedCallbacks)
    text.metric("asynchttpd_callbacks_waiting", .gauge, "Callbacks that wait or are under way.", table.waitingCallbacks)
  }

  /// Named as by the client libraries of Prometheus, so that their dashboards fit.
  private static func process(_ program: ProgramFacts, _ descriptors: DescriptorFacts, _ text: inout PrometheusText) {
    let usage = ProcessUsage.now
    text.begin("process_cpu_seconds_total", .counter, "Processor time of user and system together.")
    text.sample([], usage.processorSeconds)
    if let bytes = usage.residentBytes { text.metric("process_resident_memory_bytes", .gauge, "Resident memory.", bytes) }
    if let bytes = usage.virtualBytes { text.metric("process_virtual_memory_bytes", .gauge, "Virtual memory.", bytes) }
    text.begin("process_start_time_seconds", .gauge, "When the process started, seconds since 1970.")
    text.sample([], Double(program.startedMilliseconds) / 1000)
    if let open = descriptors.open { text.metric("process_open_fds", .gauge, "Descriptors that are open.", open) }
    text.metric("process_max_fds", .gauge, "Descriptors that may be open.", descriptors.limit + descriptors.reserved)
  }
}
