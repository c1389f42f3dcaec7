/* browser.js - Chromium, and a shopper who sits before it.
 *
 * The shop is reached by SHOP_URL, as in the other tests of the whole shop. Each Shopper is a browser context of its own: no
 * cookie is shared. Chromium comes from the distribution (CHROMIUM names another). */

import { readFileSync, existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

export const SHOP_URL = process.env.SHOP_URL.replace(/\/$/, "");
export const MUG = "6E92ZMYYFZ";
export const PHONE = { width: 360, height: 740, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const DESKTOP = { width: 1280, height: 900 };
export const ADDRESS = {
  email: "kim.tester@example.com",
  street_address: "7 Canary Wharf Lane",
  zip_code: "94043",
  city: "Mountain View",
  state: "CA",
  country: "United States",
  credit_card_number: "4432801561520454",
  credit_card_cvv: "672",
};

export function launch() {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM || ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path)),
    args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage", "--force-prefers-reduced-motion"],
  });
}

export class Shopper {
  /* how: viewport (DESKTOP), dark (false), javascript (true). */
  static async enter(browser, how = {}) {
    const shopper = new Shopper();
    shopper.context = await browser.createBrowserContext();
    shopper.page = await shopper.context.newPage();
    shopper.complaints = [];
    await shopper.page.setViewport(how.viewport ?? DESKTOP);
    await shopper.page.setJavaScriptEnabled(how.javascript ?? true);
    await shopper.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: how.dark ? "dark" : "light" }]);
    shopper.page.on("pageerror", (error) => shopper.complaints.push(`script: ${error.message}`));
    shopper.page.on("console", (said) => {
      if (said.type() === "error") shopper.complaints.push(`console: ${said.text()} ${said.location().url ?? ""}`);
    });
    return shopper;
  }

  leave() {
    return this.context.close();
  }

  open(path) {
    return this.page.goto(SHOP_URL + path, { waitUntil: "load" });
  }

  path() {
    return new URL(this.page.url()).pathname;
  }

  /* All words that can be seen, with single blanks. */
  words() {
    return this.page.evaluate(() => document.body.innerText.replace(/\s+/g, " "));
  }

  /* Clicks what leads to another page, and waits for that. */
  async follow(selector) {
    await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), this.page.click(selector)]);
  }

  async choose(field, value) {
    await this.page.select(`[name="${field}"]`, value);
  }

  async write(field, text) {
    const selector = `[name="${field}"]`;
    await this.page.$eval(selector, (input) => (input.value = ""));
    await this.page.type(selector, text);
  }

  async add(product = MUG, quantity = "1") {
    await this.open(`/product/${product}`);
    await this.choose("quantity", quantity);
    await this.follow('form[action$="/cart"] button[type="submit"]');
  }

  async fillCheckout(changes = {}) {
    for (const [field, value] of Object.entries({ ...ADDRESS, ...changes })) await this.write(field, value);
  }

  /* Makes an account; its form is open. Each account needs a mail address that no other has. */
  async signUp(changes = {}) {
    const fields = { email: `kim.${crypto.randomUUID()}@example.com`, password: "correct-horse-battery", ...changes };
    for (const [field, value] of Object.entries(fields)) await this.write(field, value);
    await this.follow('form[action$="/signup"] button[type="submit"]');
  }

  /* Orders what is in the cart; the order's page is open then. */
  async order(changes = {}) {
    if (this.path() !== "/cart") await this.open("/cart");
    await this.fillCheckout(changes);
    await this.follow('form[action$="/cart/checkout"] button[type="submit"]');
  }
}

/* The source of a script that lies in a package, to be run in a page whatever its content security policy says. */
export function packaged(path) {
  return readFileSync(new URL(`node_modules/${path}`, import.meta.url), "utf8");
}
