/* audit.js - Lighthouse, on a page that is open already: with the cookies and the cart that it has. */

import lighthouse from "lighthouse";

/* The least score of each category, of 100. */
export const AUDITED = { accessibility: 95, "best-practices": 95, seo: 95 };

/* [{category, score, why}]: why names the audits that cost something. */
export async function audit(page, categories = Object.keys(AUDITED)) {
  const flags = { onlyCategories: categories, disableStorageReset: true, logLevel: "error", output: "json" };
  const { lhr } = await lighthouse(page.url(), flags, undefined, page);
  return categories.map((category) => ({
    category,
    score: Math.round(100 * (lhr.categories[category].score ?? 0)),
    why: lhr.categories[category].auditRefs
      .filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 1)
      .map((ref) => `${ref.id}: ${lhr.audits[ref.id].title} ${lhr.audits[ref.id].displayValue ?? ""}`),
  }));
}
