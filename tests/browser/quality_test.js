/* quality_test.js - every kind of page, as assistive technology, a validator, a search engine and a small data plan see it.
 *
 * needs: shop
 * timeout: 900
 */
import { HtmlValidate } from "html-validate";
import { launch, packaged, Shopper, DESKTOP, PHONE } from "./browser.js";
import { BUDGET, Traffic } from "./traffic.js";
import { PLACES, visit } from "./places.js";
import { audit, AUDITED } from "./audit.js";
import { check, done } from "./tap.js";

const axe = packaged("axe-core/axe.min.js");
/* A page that waits for news looks again by itself where there is no script: a refresh with a delay, in <noscript>. */
const validator = new HtmlValidate({ extends: ["html-validate:recommended"], rules: { "no-trailing-whitespace": "off", "void-style": "off", "meta-refresh": "off" } });

/* What axe finds, a line each. */
async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${v.help}: ${node.html}\n${node.failureSummary}`));
}

/* Mistakes in what the server sent, not in what the browser made of it. */
async function mistakes(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap((r) => r.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`));
}

/* Elements that stick out of the window's right edge. */
function sticksOut(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 1).map((e) => e.outerHTML.slice(0, 120));
  });
}

async function look(browser, place, eye, how) {
  const shopper = await Shopper.enter(browser, how);
  const traffic = new Traffic(shopper.page);
  await visit(shopper, place);
  const found = await barriers(shopper.page);
  check(found.length === 0, `${place.name}, ${eye}: no barrier is found by axe`, found.join("\n"));
  const wide = await sticksOut(shopper.page);
  check(wide.length === 0, `${place.name}, ${eye}: nothing sticks out of the window`, wide.join("\n"));
  const complaints = shopper.complaints.filter((c) => !(place.status && c.includes(`status of ${place.status}`)));
  check(complaints.length === 0, `${place.name}, ${eye}: the browser complains of nothing`, complaints.join("\n"));
  return { shopper, traffic };
}

async function examine(browser, place) {
  const first = await look(browser, place, "a desk in the light", { viewport: DESKTOP });
  const { page } = first.shopper;
  const last = first.traffic.document();
  const wrong = await mistakes(await last.text());
  check(wrong.length === 0, `${place.name}: its HTML is valid`, wrong.join("\n"));
  check(last.status() === (place.status ?? 200), `${place.name}: answered with ${place.status ?? 200}`, last.status());
  const over = await first.traffic.over(BUDGET, page);
  check(over.length === 0, `${place.name}: within its budget of bytes and requests`, over.join("\n"));
  if (!place.status) {
    for (const { category, score, why } of await audit(page))
      check(score >= AUDITED[category], `${place.name}: Lighthouse gives ${category} ${AUDITED[category]} or more`, `${score}\n${why.join("\n")}`);
  }
  await first.shopper.leave();
  await (await look(browser, place, "a phone in the dark", { viewport: PHONE, dark: true })).shopper.leave();
}

const browser = await launch();
for (const place of PLACES.filter((p) => p.name.includes(process.env.PLACE ?? ""))) {
  try {
    await examine(browser, place);
  } catch (error) {
    check(false, `${place.name} can be reached`, error.stack);
  }
}
await browser.close();
done();
