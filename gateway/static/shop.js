/* shop.js - makes an open page move: the order's steps, the badge, the currency. Every page works without it. */
(function () {
  "use strict";
  const page = document;

  /* Replaces what is inside an element; a button that had the focus keeps it; what there is to say is said once. */
  function put(into, html) {
    const held = into.contains(page.activeElement) && page.activeElement.id;
    into.innerHTML = html;
    if (held && page.getElementById(held)) page.getElementById(held).focus();
    const say = into.querySelector("[data-say]");
    const said = page.getElementById("said");
    if (say && said.textContent !== say.textContent) said.textContent = say.textContent;
  }

  /* The server sends "live" and "badge" with ready HTML, and "end" when nothing more will come. */
  function listen(live) {
    const events = new EventSource(live.dataset.events);
    const badge = page.getElementById("badge");
    events.addEventListener("live", (e) => put(live, e.data));
    events.addEventListener("badge", (e) => put(badge, e.data));
    events.addEventListener("end", () => events.close());
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
    });
  }

  /* Looks again after some seconds, but never under the fingers of somebody who types. */
  function again(main) {
    let typed = false;
    main.addEventListener("input", () => { typed = true; });
    setTimeout(() => { if (!typed) location.reload(); }, 1000 * Number(main.dataset.again));
  }

  const live = page.querySelector("[data-events]");
  if (live) listen(live);
  const main = page.querySelector("[data-again]");
  if (main && !live) again(main);

  /* One press is one order: the server knows repeats, this only shows that it has been heard. */
  page.addEventListener("submit", (e) => {
    const button = e.target.matches("[data-once]") && e.target.querySelector("button");
    if (button) setTimeout(() => { button.disabled = true; }, 0);
  });
  addEventListener("pageshow", () => page.querySelectorAll("[data-once] button").forEach((b) => { b.disabled = false; }));

  /* The same request once more, a form's as well: without script the link leads to where forms are. */
  page.addEventListener("click", (e) => {
    if (!e.target.matches("[data-reload]")) return;
    e.preventDefault();
    location.reload();
  });

  /* A currency chosen by pointer is set at once; who walks the list by keys gets the button. */
  const currency = page.querySelector(".currency");
  if (currency) {
    currency.addEventListener("keydown", () => currency.classList.add("keys"));
    currency.addEventListener("change", () => { if (!currency.matches(".keys")) currency.submit(); });
  }
})();
