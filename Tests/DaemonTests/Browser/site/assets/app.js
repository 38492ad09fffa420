// What the page is made of, told in the page: the test reads it there.
import { colorAt } from "./video.js";

const say = (id, text) => { document.getElementById(id).value = text; };

async function look() {
  say("route", location.pathname + location.search);
  say("style", getComputedStyle(document.querySelector("h1")).color);
  const dot = document.getElementById("dot");
  await dot.decode();
  say("picture", `${dot.naturalWidth} pixels wide`);
  // Late first: what lies there has not been buffered yet, so the browser has to ask for a range. Then back.
  const late = await colorAt(0.9);
  const early = await colorAt(0.1);
  say("video", `${early}, then ${late}`);
}

look().catch((error) => say("video", `failed: ${error}`)).finally(() => { document.getElementById("hold").removeAttribute("src"); });
