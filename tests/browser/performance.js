/* performance.js - Lighthouse's performance of the pages that count, on its slow phone; a part of make bench. */
import { audit } from "./audit.js";
import { launch, Shopper } from "./browser.js";
import { PLACES, visit } from "./places.js";

const browser = await launch();
console.log("\nLighthouse, performance on a slow phone (of 100)");
for (const place of PLACES.filter((p) => !p.status)) {
  const shopper = await Shopper.enter(browser);
  await visit(shopper, place);
  const [{ score, why }] = await audit(shopper.page, ["performance"]);
  console.log(`${place.name.padEnd(17)} ${String(score).padStart(6)}${score < 95 ? `   ${why.join("; ")}` : ""}`);
  await shopper.leave();
}
await browser.close();
