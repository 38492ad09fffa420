// The front end of config/examples/shop.yaml: it asks the mocked API as it would ask a real one.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { page: 1, pages: 1, count: 0 };

async function ask(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch("api/" + path, options);
  const text = await response.text();
  return { response, value: text === "" ? null : JSON.parse(text) };
}

async function showProducts() {
  const form = new FormData($("search"));
  const query = new URLSearchParams({ page: state.page, limit: 4, sort: form.get("sort") });
  if (form.get("q")) query.set("q", form.get("q"));
  const { response, value } = await ask("GET", "products?" + query);
  state.pages = Math.max(1, Math.ceil(Number(response.headers.get("X-Total-Count")) / 4));
  $("pages").textContent = `page ${state.page} of ${state.pages}`;
  $("products").replaceChildren(...value.map((product) => {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    name.textContent = product.name;
    const price = document.createElement("div");
    price.textContent = product.stock > 0 ? `${product.price.toFixed(2)} €` : "sold out";
    if (product.stock === 0) price.className = "gone";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Into the cart";
    button.disabled = product.stock === 0;
    button.addEventListener("click", () => { state.count += 1; $("count").textContent = state.count; });
    item.append(name, price, button);
    return item;
  }));
}

async function showSession() {
  const { response, value } = await ask("GET", "session");
  $("who").textContent = response.ok ? value.name : "not signed in";
  $("sign").textContent = response.ok ? "Sign out" : "Sign in";
  const cart = await ask("GET", "cart");
  $("cart").textContent = cart.response.ok ? cart.value.status : "unknown";
}

async function showShipping() {
  const { response, value } = await ask("GET", "shipping/" + $("country").value);
  $("shipping").textContent = response.ok ? `${value.price.toFixed(2)} €, in ${value.days} days` : `${value.error}; choose again to ask again`;
}

async function pay() {
  const { response, value } = await ask("POST", "cart/pay", { items: state.count });
  $("message").textContent = response.ok ? "paid" : value.error;
  await showSession();
  if (!response.ok) return;
  const job = response.headers.get("Location").replace(/^\/api\//, "");
  follow(job);
  const events = new EventSource("api/events");
  events.addEventListener("order", (event) => {
    const line = document.createElement("li");
    line.textContent = JSON.parse(event.data).text;
    $("events").append(line);
    if (line.textContent === "shipped") events.close();
  });
}

async function follow(job) {
  const { response, value } = await ask("GET", job);
  $("message").textContent = `paid; the order is ${value.state}`;
  if (response.status === 202) setTimeout(() => follow(job), 300);
}

$("session").addEventListener("submit", async (event) => {
  event.preventDefault();
  const isSignedIn = $("sign").textContent === "Sign out";
  await (isSignedIn ? ask("DELETE", "session") : ask("POST", "session", { user: "ada", password: "lovelace" }));
  await showSession();
});
$("search").addEventListener("input", () => { state.page = 1; showProducts(); });
$("search").addEventListener("submit", (event) => event.preventDefault());
$("back").addEventListener("click", () => { state.page = Math.max(1, state.page - 1); showProducts(); });
$("next").addEventListener("click", () => { state.page = Math.min(state.pages, state.page + 1); showProducts(); });
$("pay").addEventListener("click", pay);
$("again").addEventListener("click", async () => { await ask("DELETE", "cart"); $("events").replaceChildren(); await showSession(); });
$("country").addEventListener("change", showShipping);
showProducts();
showSession();
showShipping();
