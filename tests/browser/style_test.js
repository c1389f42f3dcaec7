/* style_test.js - every style sheet of ours is valid and tidy.
 *
 * needs: none
 */
import { globSync } from "node:fs";
import stylelint from "stylelint";
import { check, done } from "./tap.js";

const root = new URL("../../", import.meta.url).pathname;
const config = {
  extends: "stylelint-config-standard",
  rules: { "no-descending-specificity": null, "import-notation": null },
};

const sheets = ["gateway", "services", "streams"].flatMap((folder) => globSync(`${folder}/**/*.css`, { cwd: root })).sort();
check(sheets.includes("gateway/static/shop.css"), "the shop has a style sheet");
for (const sheet of sheets) {
  const { results } = await stylelint.lint({ files: root + sheet, config, configBasedir: import.meta.dirname });
  const wrong = results.flatMap((r) => r.warnings.map((w) => `${w.line}:${w.column} ${w.text}`));
  check(wrong.length === 0, `${sheet} is valid CSS, written as the standard rules say`, wrong.join("\n"));
}
done();
