// The admin page, live: plots of the last minutes, routes, requests as they come, what fitted nothing, recordings and reloads. It asks only
// while it is seen. Without this script the page shows the tables that the server wrote into it.
"use strict";

const $ = (id) => document.getElementById(id);
const seconds = 300;
const maxEntries = 5000;

// ---- Elements -----------------------------------------------------------------------------------------------------------------------

/** An element with attributes and children; texts are texts, never markup. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function draw(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// ---- Words for numbers --------------------------------------------------------------------------------------------------------------

const whole = new Intl.NumberFormat("en");
const count = (value) => value === null || value === undefined ? "–" : whole.format(value);
const clock = (time) => new Date(time).toLocaleTimeString("en-GB", { hour12: false });

function duration(microseconds) {
  if (microseconds === null || microseconds === undefined) return "–";
  if (microseconds < 1000) return `${microseconds} µs`;
  if (microseconds < 1e6) return `${(microseconds / 1000).toFixed(microseconds < 1e4 ? 2 : 0)} ms`;
  return `${(microseconds / 1e6).toFixed(2)} s`;
}

function bytes(value) {
  if (value === null || value === undefined) return "–";
  for (const [size, unit] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]]) {
    if (value >= size) return `${(value / size).toFixed(1)} ${unit}`;
  }
  return `${value} B`;
}

function span(uptime) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].map(([size, unit], index, all) =>
    [Math.floor((index === 0 ? uptime : uptime % all[index - 1][0]) / size), unit]).filter(([value]) => value > 0);
  return parts.slice(0, 2).map(([value, unit]) => `${value} ${unit}`).join(" ") || "0 s";
}

function ago(time) {
  const since = (Date.now() - new Date(time)) / 1000;
  return since < 5 ? "just now" : `${span(since)} ago`;
}

const statusClass = (status) => status >= 500 ? "bad" : status >= 400 ? "warn" : "good";

// ---- Asking -------------------------------------------------------------------------------------------------------------------------

async function ask(path, options) {
  const response = await fetch(path, { headers: { Accept: "application/json" }, ...options });
  const text = await response.text();
  const value = text === "" ? null : JSON.parse(text);
  if (!response.ok && !(value && value.outcome)) throw new Error(value && value.detail ? value.detail : `${path}: ${response.status}`);
  return value;
}

const change = (path) => ask(path, { method: "POST", headers: { "X-Asynchttpd-Admin": "1", Accept: "application/json" } });

function say(text, isBad = false) {
  $("message").textContent = text;
  $("message").className = isBad ? "bad" : "";
}

// ---- Plots --------------------------------------------------------------------------------------------------------------------------

/** An even number with one or two digits before its zeros, not below `value`: grid lines stand at it and at its half. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 2)));
  return [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((step) => Math.ceil((step * power) / 2) * 2).find((step) => step >= value);
}

class Plot {
  /** `lines` are {name, class, value(point)}; `limit` is a line that holds for all times. */
  constructor(id, lines, words, limit = () => null) {
    Object.assign(this, { lines, words, limit, points: [], chosen: null });
    this.card = $(id);
    this.now = this.card.querySelector(".now");
    this.note = make("p", { class: "hidden" });
    this.svg = draw("svg", { tabindex: "0", role: "img" });
    this.card.append(this.svg, this.note);
    this.svg.addEventListener("pointermove", (event) => this.choose(event.offsetX));
    this.svg.addEventListener("pointerleave", () => { this.chosen = null; this.show(); });
    this.svg.addEventListener("blur", () => { this.chosen = null; this.show(); });
    this.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.chosen = Math.min(this.points.length - 1, Math.max(0, (this.chosen ?? this.points.length) + step));
      this.show();
    });
    new ResizeObserver(() => this.show()).observe(this.svg);
  }

  choose(x) {
    if (this.points.length === 0) return;
    const first = seconds - this.points.length;
    this.chosen = Math.min(this.points.length - 1, Math.max(0, Math.round((x - this.left) / this.step) - first));
    this.show();
  }

  update(points) {
    this.points = points.slice(-seconds);
    this.show();
  }

  show() {
    const [width, height] = [this.svg.clientWidth, this.svg.clientHeight];
    if (width === 0) return;
    const limit = this.limit();
    const values = this.points.flatMap((point) => this.lines.map((line) => line.value(point) ?? 0));
    const top = ceiling(Math.max(1, ...values, limit ?? 0));
    this.left = 44;
    const [bottom, right] = [height - 18, width - 6];
    this.step = (right - this.left) / (seconds - 1);
    const x = (index) => this.left + (seconds - this.points.length + index) * this.step;
    const y = (value) => bottom - (value / top) * (bottom - 8);
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      parts.push(draw("line", { class: "grid", x1: this.left, x2: right, y1: y(top * share), y2: y(top * share) }));
      parts.push(draw("text", { x: this.left - 6, y: y(top * share) + 4, "text-anchor": "end" }, this.words(top * share, true)));
    }
    for (const minute of [4, 3, 2, 1, 0]) {
      const place = right - (minute * 60 * (right - this.left)) / seconds;
      parts.push(draw("text", { x: place, y: height - 3, "text-anchor": minute === 0 ? "end" : "middle" }, minute === 0 ? "now" : `−${minute} min`));
    }
    if (limit !== null) {
      parts.push(draw("line", { class: "limit", x1: this.left, x2: right, y1: y(limit), y2: y(limit) }));
      parts.push(draw("text", { class: "limit", x: right, y: y(limit) + 12, "text-anchor": "end" }, `limit ${count(limit)}`));
    }
    for (const [number, line] of this.lines.entries()) {
      const drawn = this.points.map((point, index) => [x(index), line.value(point)]).filter(([, value]) => value !== null && value !== undefined);
      if (drawn.length === 0) continue;
      const path = drawn.map(([place, value], index) => `${index === 0 ? "M" : "L"}${place.toFixed(1)} ${y(value).toFixed(1)}`).join("");
      if (number === 0 && this.lines.length === 1) {
        parts.push(draw("path", { class: "area", d: `${path}L${drawn.at(-1)[0].toFixed(1)} ${bottom}L${drawn[0][0].toFixed(1)} ${bottom}Z` }));
      }
      parts.push(draw("path", { class: line.class, d: path }));
    }
    if (this.lines.length > 1) {
      this.lines.forEach((line, index) =>
        parts.push(draw("text", { class: line.class, x: this.left + 6 + index * 70, y: 12 }, line.name)));
    }
    const point = this.points[this.chosen ?? this.points.length - 1];
    if (this.chosen !== null && point) {
      parts.push(draw("line", { class: "cross", x1: x(this.chosen), x2: x(this.chosen), y1: 4, y2: bottom }));
    }
    this.svg.replaceChildren(...parts);
    const said = point ? this.lines.map((line) => `${this.lines.length > 1 ? `${line.name} ` : ""}${this.words(line.value(point))}`).join(" · ") : "–";
    this.now.replaceChildren(said, " ", make("small", {}, this.chosen !== null && point ? `at ${clock(point.t)}` : limit !== null ? `of ${count(limit)}` : ""));
    const most = this.lines.map((line) => `${line.name} at most ${this.words(Math.max(0, ...this.points.map((each) => line.value(each) ?? 0)))}`);
    this.svg.setAttribute("aria-label", `${this.card.querySelector("h2").textContent}, the last ${this.points.length} seconds: now ${said}; ${most.join(", ")}. Arrow keys read single seconds.`);
  }
}

// ---- The head -----------------------------------------------------------------------------------------------------------------------

let status = null;

function showStatus(value) {
  status = value;
  const facts = [
    ["state", value.draining ? "draining" : value.gate.open ? "ready" : "gate shut"], ["up", span(value.uptime_s)], ["version", value.version],
    ["generation", count(value.generation)], ["configuration", value.config], ["listens on", value.listen.join(", ")],
    ["requests", count(value.requests.total)], ["memory", bytes(value.process.resident_bytes)],
  ];
  $("facts").replaceChildren(...facts.map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text))));
  const warnings = [];
  if (!value.gate.open) warnings.push(`The gate is shut: ${count(value.descriptors.open)} of ${count(value.descriptors.limit)} descriptors are in use, so no connection is accepted until one is closed.`);
  if (value.draining) warnings.push("The process is draining: requests in flight are answered, and no others.");
  if (value.last_reload && value.last_reload.outcome === "refused") warnings.push("The last reload was refused; the configuration before it serves on. See the reloads below.");
  if (value.log.dropped_lines + value.access_log.dropped_lines > 0) warnings.push(`${count(value.log.dropped_lines)} lines of the log and ${count(value.access_log.dropped_lines)} of the access log were lost.`);
  $("warnings").replaceChildren(...warnings.map((text) => make("p", { class: "banner" }, text)));
}

// ---- Routes -------------------------------------------------------------------------------------------------------------------------

const routeTable = { order: "hits", descending: true, routes: [] };

const routeColumns = [
  { title: "Route", key: "id", cell: (route) => [make("a", { href: `#requests`, onclick: () => filterBy({ route: route.id }) }, route.id)] },
  { title: "Kind", key: "kind", cell: (route) => [route.kind] },
  { title: "Path", key: "path", class: "path", cell: (route) => [`${route.methods.length > 0 ? `${route.methods.join(", ")} ` : ""}${route.path}`] },
  { title: "Hits", key: "hits", class: "number", cell: (route) => [route.hits === 0 ? make("span", { class: "badge" }, "never used") : count(route.hits)] },
  { title: "Errors", key: "errors", class: "number", cell: (route) => [route.errors > 0 ? make("span", { class: "bad" }, count(route.errors)) : "0"] },
  { title: "p50", key: "p50", class: "number", cell: (route) => [duration(route.latency_us.p50)] },
  { title: "p99", key: "p99", class: "number", cell: (route) => [duration(route.latency_us.p99)] },
  { title: "Sent", key: "bytes_sent", class: "number", cell: (route) => [bytes(route.bytes_sent)] },
  { title: "Last use", key: "last_used", cell: (route) => [route.last_used ? ago(route.last_used) : "–"] },
  { title: "Where", key: "line", cell: (route) => [`${route.file.split("/").at(-1)}:${route.line}`] },
];

function showRoutes() {
  const onlyUnused = $("unused").checked;
  const text = $("route-filter").value.toLowerCase();
  const value = (route) => ["p50", "p99"].includes(routeTable.order) ? route.latency_us[routeTable.order] : route[routeTable.order];
  const rows = routeTable.routes
    .filter((route) => (!onlyUnused || route.hits === 0) && (text === "" || `${route.id} ${route.path} ${route.kind}`.toLowerCase().includes(text)))
    .sort((one, other) => {
      const [a, b] = [value(one) ?? "", value(other) ?? ""];
      return (a < b ? -1 : a > b ? 1 : 0) * (routeTable.descending ? -1 : 1);
    });
  const shown = rows.slice(0, 500);
  const unused = routeTable.routes.filter((route) => route.hits === 0).length;
  $("routes-note").textContent = `${count(rows.length)} of ${count(routeTable.routes.length)} routes, ${count(unused)} never used`
    + (shown.length < rows.length ? `; the first ${shown.length} are shown` : "");
  const head = make("tr", {}, ...routeColumns.map((column) => make("th", {
    scope: "col", class: column.class === "number" ? "number" : null,
    "aria-sort": routeTable.order === column.key ? (routeTable.descending ? "descending" : "ascending") : null,
  }, make("button", { type: "button", "data-order": column.key, onclick: () => {
    routeTable.descending = routeTable.order === column.key ? !routeTable.descending : ["hits", "errors", "p50", "p99", "bytes_sent", "last_used"].includes(column.key);
    routeTable.order = column.key;
    showRoutes();
    document.querySelector(`#routes-body [data-order="${column.key}"]`).focus();
  } }, column.title))));
  const focused = document.activeElement?.dataset?.order;
  $("routes-body").replaceChildren(make("table", {},
    make("caption", { class: "hidden" }, "Routes with hits, errors, latency and last use"), make("thead", {}, head),
    make("tbody", {}, ...shown.map((route) => make("tr", { class: route.hits === 0 ? "unused" : null },
      ...routeColumns.map((column) => make("td", { class: column.class }, ...column.cell(route))))))));
  if (focused) document.querySelector(`#routes-body [data-order="${focused}"]`)?.focus();
}

// ---- Requests -----------------------------------------------------------------------------------------------------------------------

const live = { count: 0, stream: null, off: null, waiting: [], isPaused: false, isScheduled: false };

function filters() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData($("filter"))) if (value !== "") query.set(name, value);
  return query;
}

function filterBy(values) {
  $("filter").reset();
  for (const [name, value] of Object.entries(values)) $("filter").elements[name].value = value;
  follow();
}

function row(entry) {
  const detail = make("div", { class: "exchange", hidden: true });
  const button = make("button", { type: "button", class: "row", "aria-expanded": "false", onclick: async () => {
    const opens = detail.hidden;
    detail.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
    if (!opens || detail.childElementCount > 0) return;
    try {
      detail.replaceChildren(...exchange(await ask(`requests/${entry.id}`)));
    } catch (error) {
      detail.replaceChildren(make("p", { class: "bad" }, error.message));
    }
  } },
    make("span", { class: "time" }, clock(entry.time)), make("span", { class: "method" }, entry.method),
    make("span", { class: `status ${statusClass(entry.status)}` }, String(entry.status)), make("span", { class: "target", title: entry.target }, entry.target),
    make("span", { class: "route muted", title: entry.route ?? "" }, entry.route ?? "no route"), make("span", { class: "outcome muted" }, entry.outcome ?? ""),
    make("span", { class: "duration" }, duration(entry.duration_us)));
  return make("li", {}, button, detail);
}

function message(title, part) {
  const body = part.body !== undefined && part.body !== null ? part.body : part.body_base64 ? `(not text, base64)\n${part.body_base64}` : null;
  return make("div", {}, make("h3", {}, title),
    make("pre", { tabindex: "0" }, part.headers.map(([name, value]) => `${name}: ${value}`).join("\n")),
    body ? make("pre", { tabindex: "0" }, pretty(body)) : make("p", { class: "muted" }, "no body kept"), part.body_cut ? make("p", { class: "muted" }, "The body goes on; this is what was kept.") : null);
}

function pretty(text) {
  try {
    return /^\s*[[{]/.test(text) && text.length < 65536 ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
}

function exchange(entry) {
  const facts = [["client", entry.client], ["request id", entry.request_id], ["in", bytes(entry.bytes_in)], ["out", bytes(entry.bytes_out)]];
  const parts = [
    make("dl", { class: "facts" }, ...facts.filter(([, text]) => text).map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)))),
    entry.answered_now_by ? make("p", {}, `The route ${entry.answered_now_by} answers such a request now.`) : null,
    ...(entry.near_misses ?? []).map(nearMiss),
    make("div", { class: "pair" }, message(`${entry.method} ${entry.target}`, entry.request), message(`${entry.status}`, entry.answer)),
  ];
  return parts.filter((part) => part !== null);
}

/** Why a route did not answer, beside its lines in the file. */
function nearMiss(miss) {
  return make("div", { class: "pair" },
    make("div", {}, make("h3", {}, `Near: ${miss.route}`), make("ul", { class: "parts" }, ...miss.parts.map((part) =>
      make("li", { class: part.ok ? "good" : "bad" }, `${part.ok ? "✓" : "✗"} ${part.name} `, part.ok ? "" : part.expected ? `expected ${part.expected}, found ${part.found ?? "nothing"}` : part.found ?? "",
        part.hint ? make("span", { class: "muted" }, `; ${part.hint}`) : null)))),
    make("div", {}, make("h3", {}, miss.file ? `${miss.file}:${miss.line}:${miss.column}` : ""), miss.yaml ? make("pre", { tabindex: "0" }, miss.yaml) : null));
}

/** Rows stand in blocks, so that the browser leaves out whole blocks that are out of sight: 5,000 rows cost what a hundred do. */
const blockSize = 100;

function clearRows() {
  $("live").replaceChildren();
  live.count = 0;
}

/** Adds rows at the top, the latest first. */
function prependRows(rows) {
  for (const item of rows.reverse()) {
    let block = $("live").firstElementChild;
    if (!block || block.childElementCount >= blockSize) {
      block = make("ul", { class: "block" });
      $("live").prepend(block);
    }
    block.prepend(item);
  }
  live.count += rows.length;
  while (live.count > maxEntries) {
    const block = $("live").lastElementChild;
    live.count -= block.childElementCount;
    block.remove();
  }
}

function arrive() {
  live.isScheduled = false;
  if (live.isPaused || live.waiting.length === 0) return noteRequests();
  const arrived = live.waiting.splice(0).slice(-maxEntries).reverse();
  prependRows(arrived.map((entry) => {
    const item = row(entry);
    if (arrived.length < 20) item.classList.add("new");
    return item;
  }));
  noteRequests();
}

function noteRequests() {
  const waiting = live.waiting.length > 0 ? `, ${count(live.waiting.length)} waiting` : "";
  $("requests-note").textContent = live.off ?? `${count(live.count)} shown${waiting}`;
}

async function follow() {
  live.stream?.close();
  live.waiting = [];
  const query = filters();
  try {
    const { entries } = await ask(`requests?${new URLSearchParams([...query, ["limit", "1000"]])}`);
    clearRows();
    prependRows(entries.map(row));
    live.off = null;
    noteRequests();
    const stream = new EventSource(`requests?${new URLSearchParams([...query, ["after", entries[0]?.id ?? 0]])}`);
    live.stream = stream;
    stream.addEventListener("message", (event) => {
      live.waiting.push(JSON.parse(event.data));
      if (live.waiting.length > maxEntries) live.waiting.shift();
      if (!live.isScheduled) {
        live.isScheduled = true;
        requestAnimationFrame(arrive);
      }
    });
  } catch (error) {
    live.off = error.message;
    noteRequests();
  }
}

// ---- What fitted nothing, recordings, reloads ---------------------------------------------------------------------------------------

/** Replaces the children of an element where what it shows has changed, so that open details stay open. */
function showChanged(id, value, render) {
  const text = JSON.stringify(value);
  if ($(id).dataset.shown === text) return;
  $(id).dataset.shown = text;
  $(id).replaceChildren(...render(value));
}

function showUnmatched({ unmatched }) {
  return unmatched.length === 0 ? [make("p", { class: "muted" }, "Every request found a route.")] : unmatched.map((group) =>
    make("details", {}, make("summary", {}, make("code", {}, `${group.method} ${group.path}`), ` ${count(group.count)} times, last ${clock(group.last)}`,
      group.nearest ? make("span", { class: "muted" }, `, nearest ${group.nearest.route}`) : null), group.nearest ? nearMiss(group.nearest) : null));
}

function showRecordings({ stores }) {
  return stores.length === 0 ? [make("p", { class: "muted" }, "No route records.")] : stores.map((store) => make("details", {},
    make("summary", {}, make("code", {}, store.store), store.problem ? make("span", { class: "bad" }, ` ${store.problem}`)
      : ` ${count(store.count)} recordings, ${bytes(store.bytes)}`),
    make("ul", { class: "block" }, ...store.recordings.map(recording)),
    store.recordings.length < store.count ? make("p", { class: "muted" }, `The latest ${count(store.recordings.length)} are shown.`) : null));
}

/** One recording; its head and body are asked for when it is opened. */
function recording(kept) {
  const content = make("div", {});
  const item = make("details", {}, make("summary", {}, make("code", {}, kept.request ?? kept.key.join(" ")), ` ${kept.status ?? "–"}, ${bytes(kept.bytes)}, ${ago(kept.recorded)}`,
    kept.damage ? make("span", { class: "badge bad" }, kept.damage) : null), content);
  item.addEventListener("toggle", async () => {
    const file = kept.head ?? kept.body;
    if (!item.open || content.childElementCount > 0 || !file) return;
    try {
      const found = await ask(`recordings/${encodeURIComponent(file)}`);
      content.replaceChildren(make("pre", { tabindex: "0" }, found.head_text ?? ""),
        found.body_text === null ? make("p", { class: "muted" }, "The body is not text.") : make("pre", { tabindex: "0" }, pretty(found.body_text)));
    } catch (error) {
      content.replaceChildren(make("p", { class: "bad" }, error.message));
    }
  });
  return make("li", {}, item);
}

function showReloads({ reloads }) {
  return reloads.length === 0 ? [make("p", { class: "muted" }, "Not reloaded since the start.")] : reloads.map((reload) =>
    make("details", { open: reload.outcome === "refused" }, make("summary", {}, clock(reload.time), " ",
      make("span", { class: reload.outcome === "refused" ? "badge bad" : "good" }, reload.outcome), ` ${reload.summary}`, make("span", { class: "muted" }, ` in ${reload.duration_ms} ms`)),
    make("pre", { tabindex: "0" }, [...reload.changes, ...reload.diagnostics].join("\n") || "nothing changed")));
}

// ---- The clock ----------------------------------------------------------------------------------------------------------------------

const plots = [
  new Plot("plot-requests", [{ name: "all", class: "first", value: (point) => point.requests }, { name: "errors", class: "second", value: (point) => point.errors }],
    (value) => count(Math.round(value))),
  new Plot("plot-latency", [{ name: "p50", class: "first", value: (point) => point.p50_us }, { name: "p99", class: "second", value: (point) => point.p99_us }],
    (value) => duration(value === null || value === undefined ? value : Math.round(value))),
  new Plot("plot-descriptors", [{ name: "open", class: "first", value: (point) => point.descriptors }], (value) => count(Math.round(value)), () => status?.descriptors?.limit ?? null),
  new Plot("plot-connections", [{ name: "open", class: "first", value: (point) => point.connections }], (value) => count(Math.round(value))),
];

let tick = 0;

/** Asks for what is due. Each question stands alone: one that fails takes nothing of the others away. */
async function look() {
  if (document.hidden) return;
  const due = [
    ask("status").then(showStatus), ask(`series?seconds=${seconds}`).then(({ points }) => plots.forEach((plot) => plot.update(points))),
  ];
  // Thousands of routes are some megabytes.
  if (tick % (routeTable.routes.length > 500 ? 15 : 2) === 0) due.push(ask("routes").then(({ routes }) => { routeTable.routes = routes; showRoutes(); }));
  if (tick % 5 === 0) {
    due.push(ask("reloads").then((value) => showChanged("reloads-body", value, showReloads)));
    if (!live.off) due.push(ask("unmatched").then((value) => showChanged("unmatched-body", value, showUnmatched)));
  }
  if (tick % 10 === 0) due.push(ask("recordings").then((value) => showChanged("recordings-body", value, showRecordings)));
  tick += 1;
  const failed = (await Promise.allSettled(due)).find((outcome) => outcome.status === "rejected");
  if (failed) say(`The daemon does not answer: ${failed.reason.message}`, true);
  else if ($("message").textContent.startsWith("The daemon does not answer")) say("");
}

async function perform(button, path, words) {
  button.disabled = true;
  try {
    const value = await change(path);
    say(words(value), value.outcome === "refused");
  } catch (error) {
    say(error.message, true);
  }
  button.disabled = false;
  tick = 0;
  look();
}

$("reload").addEventListener("click", (event) => perform(event.target, "reload", (value) => value.outcome === "refused"
  ? `Refused, the configuration before it serves on: ${value.diagnostics[0] ?? value.summary}` : `Reloaded: ${value.summary}`));
$("reset").addEventListener("click", (event) => {
  if (confirm("Bring every sequence, state, counter and resource back to the start?")) {
    perform(event.target, "reset", (value) => value.reset.length === 0 ? "No route remembers anything." : `Reset: ${value.reset.join(", ")}`);
  }
});
$("filter").addEventListener("submit", (event) => { event.preventDefault(); follow(); });
$("filter").addEventListener("change", follow);
$("filter").addEventListener("reset", () => setTimeout(follow));
$("pause").addEventListener("click", () => {
  live.isPaused = !live.isPaused;
  $("pause").textContent = live.isPaused ? "Go on" : "Pause";
  arrive();
});
$("unused").addEventListener("change", showRoutes);
$("route-filter").addEventListener("input", showRoutes);
document.addEventListener("visibilitychange", look);
if (!["localhost", "127.0.0.1", "[::1]"].includes(location.hostname)) $("elsewhere").hidden = false;
for (const element of document.querySelectorAll("[data-script]")) element.hidden = false;
follow();
look();
setInterval(look, 1000);
