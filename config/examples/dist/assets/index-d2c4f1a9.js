document.querySelector("#app").textContent = `This page is ${location.pathname}, made by /assets/index-d2c4f1a9.js.`;
