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

  /* What one tab puts into the cart, the others' badges know. */
  const tabs = window.BroadcastChannel && new BroadcastChannel("badge");
  function badge(html) {
    put(page.getElementById("badge"), html);
    if (tabs) tabs.postMessage(html);
  }
  if (tabs) {
    tabs.addEventListener("message", (e) => {
      const same = page.getElementById("badge").innerHTML === e.data;
      put(page.getElementById("badge"), e.data);
      if (!same) follow();
    });
    tabs.postMessage(page.getElementById("badge").innerHTML);
  }

  /* What there is can be bought; what is sold out has a sentence instead of the form. */
  function offer(live) {
    const gone = live.querySelector(".stock.none") !== null;
    page.querySelectorAll("[data-gone]").forEach((e) => { e.hidden = (e.dataset.gone === "yes") !== gone; });
  }

  /* The server sends "live" and "badge" with ready HTML, and "end" when nothing more will come. A page that nobody sees
   * gives its connection back: a browser has six of them for all its tabs. */
  function listen(live) {
    const events = new EventSource(live.dataset.events);
    let over = false;
    page.addEventListener("visibilitychange", () => {
      if (over || !page.hidden) return;
      over = true;
      events.close();
      page.addEventListener("visibilitychange", () => listen(live), { once: true });
    });
    events.addEventListener("live", (e) => { put(live, e.data); offer(live); });
    events.addEventListener("badge", (e) => badge(e.data));
    events.addEventListener("end", () => { over = true; events.close(); });
    events.addEventListener("error", () => {
      if (!over && events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
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

  /* Takes what moves over from a page that was fetched; what somebody types elsewhere stays. False when the two are of
   * different shapes: the cart is empty now, or was. */
  function take(fresh) {
    const parts = [...page.querySelectorAll("[data-live]")];
    const same = (e) => fresh.getElementById(e.id);
    if (!parts.every(same) || parts.length !== fresh.querySelectorAll("[data-live]").length) return false;
    for (const part of parts) {
      if (part.matches("input")) part.value = same(part).value;
      else if (part.innerHTML !== same(part).innerHTML) put(part, same(part).innerHTML);
    }
    badge(same(page.getElementById("badge")).innerHTML);
    return true;
  }

  /* Cart forms are sent one after the other; only the page that answers the last of them is shown. then, if given, goes on
   * in its place, unless the answer is a refusal. */
  let waiting = 0;
  let before = Promise.resolve();
  function ask(url, options, then) {
    waiting += 1;
    before = before.then(async () => {
      const answer = await fetch(url, options);
      waiting -= 1;
      if (waiting > 0) return;
      if (then && answer.ok) {
        then();
        return;
      }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!take(fresh)) location.assign(answer.url);
      else if (fresh.querySelector("[data-again]")) setTimeout(() => { if (waiting === 0) ask(answer.url); }, 1000);
    }).catch(() => location.reload());
  }

  /* An open cart page follows what another tab did, as soon as no quantity that was typed here waits to be sent or
   * answered; what stands in the form stays. */
  let following = 0;
  function follow() {
    const typed = [...page.querySelectorAll("#rows input")].some((e) => e.value !== e.defaultValue);
    clearTimeout(following);
    if (!page.getElementById("problem")) return;
    if (waiting > 0 || typed) following = setTimeout(follow, 1000);
    else if (checkout) quote();
    else ask(location.href);
  }

  /* What shipping costs follows the country that was typed and the carrier that was chosen. */
  const checkout = page.querySelector(".checkout form");
  function quote() {
    const typed = new FormData(checkout);
    const words = new URLSearchParams({ country: typed.get("country"), carrier: typed.get("carrier") ?? "" });
    ask(`${new URL("../cart", checkout.action)}?${words}`);
  }

  function send(form, button) {
    const fields = new URLSearchParams(new FormData(form));
    if (button && button.name) fields.append(button.name, button.value);
    ask(form.action, { method: "POST", body: fields }, checkout && quote);
  }
  page.addEventListener("change", (e) => {
    if (checkout && e.target.form === checkout && ["country", "carrier"].includes(e.target.name)) quote();
  });

  page.addEventListener("submit", (e) => {
    if (!e.target.matches("[data-change]")) return;
    e.preventDefault();
    send(e.target, e.submitter);
  });
  let turning = 0;
  page.addEventListener("change", (e) => {
    const form = e.target.form;
    if (!form || !form.matches("[data-change]") || !form.reportValidity()) return;
    clearTimeout(turning);
    turning = setTimeout(() => { if (form.isConnected) send(form); }, 250);
  });

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
