/* shopping_test.js - shopping in a real browser: by keyboard, on a phone without scripts, in two tabs.
 *
 * needs: shop
 * timeout: 300
 */
import { launch, MUG, PHONE, Shopper } from "./browser.js";
import { check, done, equal, eventually } from "./tap.js";

const browser = await launch();

/* Presses Tab until the element has the focus; false when a whole round of the page does not reach it. */
async function tabTo(page, selector, presses = 150) {
  for (let i = 0; i < presses; i += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return true;
  }
  return false;
}

async function pressOn(page, selector) {
  if (!(await tabTo(page, selector))) throw new Error(`no way to ${selector} by keyboard`);
  const seen = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  });
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.keyboard.press("Enter")]);
  return seen;
}

async function byKeyboard() {
  const shopper = await Shopper.enter(browser);
  const { page } = shopper;
  await shopper.open("/");
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#main", "the first stop of the Tab key skips to the content");
  const seen = [await pressOn(page, 'main .grid a[href^="/product/"]'), await pressOn(page, 'form[action="/cart"] button')];
  equal(shopper.path(), "/cart", "by keyboard: from the window through the product into the cart");
  seen.push(await pressOn(page, 'form[action="/cart/checkout"] button[type="submit"]'));
  check(/^\/order\/[0-9a-f-]{36}$/.test(shopper.path()), "by keyboard: the form that is filled in is sent, the order's page opens", page.url());
  check(seen.every(Boolean), "whatever has the keyboard's focus is seen to have it");
  check(await eventually(async () => (await shopper.words()).includes("Your order is complete")), "the order's page says when it is complete, without being asked",
    await shopper.words());
  await shopper.leave();
}

async function withoutScripts() {
  const shopper = await Shopper.enter(browser, { viewport: PHONE, javascript: false });
  await shopper.open("/");
  await shopper.choose("currency_code", "JPY");
  await shopper.follow('form[action="/setCurrency"] button');
  await shopper.add(MUG, "3");
  const text = (await shopper.page.content()).replace(/<[^>]+>/g, " ");
  check(text.includes("¥") && !/¥[\d,]+\.\d/.test(text), "on a phone without scripts: prices in yen, without decimals");
  await shopper.order();
  const complete = await eventually(async () => {
    await shopper.page.reload();
    return (await shopper.page.content()).includes("Your order is complete");
  });
  check(complete, "on a phone without scripts: the order is complete when one looks again");
  await shopper.open("/cart");
  check(await eventually(async () => {
    await shopper.page.reload();
    return (await shopper.page.content()).includes("Your cart is empty");
  }), "on a phone without scripts: the cart has lost what was ordered");
  await shopper.leave();
}

async function pressedTwice() {
  const shopper = await Shopper.enter(browser);
  await shopper.add();
  const other = await shopper.context.newPage();
  await other.goto(shopper.page.url());
  const send = (page) => Promise.all([page.waitForNavigation(), page.$eval('form[action="/cart/checkout"]', (form) => form.requestSubmit())]);
  await Promise.all([send(shopper.page), send(other)]);
  equal(new URL(other.url()).pathname, shopper.path(), "sent from two tabs at once, it is one order");
  await shopper.leave();
}

async function quantities() {
  const shopper = await Shopper.enter(browser);
  await shopper.add(MUG, "2");
  const { page } = shopper;
  const other = await shopper.context.newPage();
  await other.goto(new URL("/", page.url()).href);
  await page.$eval("#city", (field) => { field.value = "Typed Meanwhile"; });
  await page.$eval(`#q-${MUG}`, (field) => { field.value = "5"; field.dispatchEvent(new Event("change", { bubbles: true })); });
  check(await eventually(async () => (await shopper.words()).includes("$53.94") && (await page.$eval("#badge b", (b) => b.textContent)) === "5"),
    "a changed quantity changes total and badge without leaving the page", await shopper.words());
  equal(await page.$eval("#place", (button) => button.textContent.trim()), "Place order for $53.94", "and what the form will order");
  equal(await page.$eval("#city", (field) => field.value), "Typed Meanwhile", "and leaves alone what is being typed");
  check(await eventually(async () => (await other.$eval("#badge b", (b) => b.textContent)) === "5"), "the other tab's badge knows");
  await other.goto(page.url());
  await other.$eval(`#q-${MUG}`, (field) => { field.value = "2"; field.dispatchEvent(new Event("change", { bubbles: true })); });
  check(await eventually(async () => (await page.$eval("#place", (button) => button.textContent.trim())) === (await other.$eval("#place", (button) => button.textContent.trim()))
    && (await page.$eval(`#q-${MUG}`, (field) => field.value)) === "2" && !(await shopper.words()).includes("$53.94")),
    "what the other tab changes, this one's lines, total and button follow", await shopper.words());
  equal(await page.$eval("#city", (field) => field.value), "Typed Meanwhile", "and what was typed here is still there");
  await page.$eval('[data-change] [name="remove"]', (button) => button.click());
  check(await eventually(async () => (await shopper.words()).includes("Your cart is empty")), "the last line taken out, the cart is empty");
  await shopper.leave();
}

async function currencies() {
  for (const [code, sign] of [["USD", "$"], ["EUR", "€"], ["JPY", "¥"]]) {
    const shopper = await Shopper.enter(browser);
    await shopper.open("/");
    await shopper.choose("currency_code", code);
    await shopper.page.waitForNavigation({ timeout: 3000 }).catch(() => {});
    await shopper.add(MUG, "2");
    const total = await shopper.page.$eval(".total dd", (sum) => sum.textContent.trim());
    await shopper.order();
    equal(await shopper.page.$eval(".total dd", (sum) => sum.textContent.trim()), total, `${code}: what the cart says is what is paid`);
    check(total.includes(sign), `${code}: with its sign`, total);
    await shopper.leave();
  }
}

for (const journey of [byKeyboard, withoutScripts, pressedTwice, quantities, currencies]) {
  try {
    await journey();
  } catch (error) {
    check(false, `${journey.name} comes to its end`, error.stack);
  }
}
await browser.close();
done();
