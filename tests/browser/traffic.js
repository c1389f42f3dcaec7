/* traffic.js - what a page costs its reader: requests and bytes, as they came over the wire. */

/* Of one page that is opened with an empty cache. Bytes as transferred; html as the browser parses it. */
export const BUDGET = { requests: 20, html: 60_000, script: 12_000, style: 24_000, image: 120_000, font: 0, all: 180_000 };

const KINDS = { document: "html", script: "script", stylesheet: "style", image: "image", font: "font" };

export class Traffic {
  constructor(page) {
    this.answers = [];
    page.on("response", (answer) => this.answers.push(answer));
  }

  /* The answer that became the page. */
  document() {
    return this.answers.filter((a) => a.request().resourceType() === "document" && a.status() < 300 | a.status() >= 400).at(-1);
  }

  /* Lines for what is above the budget. Only what the last document asked for counts. */
  async over(budget, page) {
    const begin = this.answers.indexOf(this.document());
    const spent = { requests: 0, all: 0 };
    for (const answer of this.answers.slice(begin)) {
      if (answer.request().resourceType() === "eventsource") continue;
      const bytes = answer.fromCache() ? 0 : (await answer.buffer().catch(() => Buffer.alloc(0))).length;
      const kind = KINDS[answer.request().resourceType()] ?? "other";
      spent.requests += 1;
      spent.all += bytes;
      spent[kind] = (spent[kind] ?? 0) + bytes;
    }
    return Object.entries(budget).filter(([kind, limit]) => (spent[kind] ?? 0) > limit).map(([kind, limit]) => `${kind}: ${spent[kind]} of ${limit}, ${page.url()}`);
  }
}
