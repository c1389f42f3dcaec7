/* load.js - asks for the report once a second, draws what is new. When nobody answers any more the last picture stays. */
"use strict";

const WINDOW = 600; // seconds that the plots show
const points = [];
let next = 0;
let over = false;

const byId = (id) => document.getElementById(id);
const number = (value, digits = 0) => value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });

function say(id, text) {
  const element = byId(id);
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function element(name, attributes, text) {
  const made = name === "tr" || name === "th" || name === "td" || name === "li"
    ? document.createElement(name)
    : document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

// A round number at or above the greatest value: 1, 2 or 5 times a power of ten.
function roof(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value) || 10 * power;
}

// Lines over time: each of lines is {name, style, of: point => number}.
function plot(id, shown, lines) {
  const svg = byId(id);
  const width = Math.max(280, svg.clientWidth); // one unit is one pixel, so that the words stay legible
  const left = 52;
  const right = width - 8;
  const rows = []; // of the legend: as many as it takes on a narrow screen
  let end = left;
  for (const line of lines) {
    const wide = 40 + 7 * line.name.length;
    if (rows.length === 0 || end + wide > right) {
      rows.push([]);
      end = left;
    }
    rows[rows.length - 1].push({ line, at: end });
    end += wide;
  }
  const top = 10 + 16 * rows.length;
  const bottom = 194;
  svg.setAttribute("viewBox", `0 0 ${width} 220`);
  const last = shown.length ? shown[shown.length - 1].at_ms : 1000;
  const first = shown.length ? Math.min(shown[0].at_ms, last - 1000) : 0;
  const most = roof(Math.max(1, ...shown.flatMap((point) => lines.map((line) => line.of(point)))));
  const x = (at) => left + (right - left) * (at - first) / (last - first);
  const y = (value) => bottom - (bottom - top) * value / most;
  const parts = [];
  for (const part of [0, 0.5, 1]) {
    parts.push(element("line", { class: "grid", x1: left, x2: right, y1: y(part * most), y2: y(part * most) }));
    parts.push(element("text", { x: left - 6, y: y(part * most) + 4, "text-anchor": "end" }, number(part * most, part === 0.5 && most % 2 ? 1 : 0)));
  }
  parts.push(element("text", { x: left, y: 212 }, `${number(first / 1000)} s`));
  parts.push(element("text", { x: right, y: 212, "text-anchor": "end" }, `${number(last / 1000)} s`));
  for (const line of lines) {
    const path = shown.map((point, i) => `${i ? "L" : "M"}${x(point.at_ms).toFixed(1)} ${y(line.of(point)).toFixed(1)}`).join("");
    parts.push(element("path", { class: `line ${line.style}`, d: path || "M0 0" }));
  }
  rows.forEach((row, i) => row.forEach(({ line, at }) => {
    parts.push(element("line", { class: `line ${line.style}`, x1: at, x2: at + 24, y1: 10 + 16 * i, y2: 10 + 16 * i }));
    parts.push(element("text", { x: at + 30, y: 14 + 16 * i }, line.name));
  }));
  svg.replaceChildren(...parts);
}

function drawPlots() {
  const shown = points.slice(-WINDOW);
  const sum = {};
  const totals = new Map();
  for (const point of points) {
    for (const name of ["confirmed", "cancelled", "rejected", "unknown"]) {
      sum[name] = (sum[name] || 0) + point[name];
    }
    totals.set(point, { ...sum });
  }
  plot("plot-rate", shown, [
    { name: "steps", style: "one", of: (p) => p.steps },
    { name: "failed", style: "bad-line", of: (p) => p.failed },
  ]);
  plot("plot-latency", shown, [
    { name: "p50", style: "one", of: (p) => p.p50_ms },
    { name: "p95", style: "two", of: (p) => p.p95_ms },
    { name: "p99", style: "three", of: (p) => p.p99_ms },
  ]);
  plot("plot-level", shown, [
    { name: "wanted", style: "one", of: (p) => p.level },
    { name: "users", style: "two", of: (p) => p.users },
    { name: "waiting", style: "bad-line", of: (p) => p.waiting },
  ]);
  plot("plot-orders", shown, [
    { name: "confirmed", style: "one", of: (p) => totals.get(p).confirmed },
    { name: "cancelled", style: "two", of: (p) => totals.get(p).cancelled },
    { name: "rejected", style: "three", of: (p) => totals.get(p).rejected },
    { name: "unknown", style: "bad-line", of: (p) => totals.get(p).unknown },
  ]);
}

function row(line) {
  const tr = element("tr", { class: line.kind });
  tr.append(element("th", { scope: "row" }, line.kind === "step" ? line.name : `${line.kind}: ${line.name}`));
  tr.append(element("td", {}, number(line.latency.count + line.failed)));
  tr.append(element("td", line.failed ? { class: "bad" } : {}, number(line.failed)));
  for (const name of ["p50_ms", "p95_ms", "p99_ms", "max_ms"]) {
    tr.append(element("td", {}, number(line.latency[name], 1)));
  }
  return tr;
}

function showFailures(report) {
  const items = report.lines.filter((line) => line.kind !== "journey")
    .flatMap((line) => line.failures.map((failure) => `${number(failure.count)} × ${line.name}: ${failure.why}`));
  byId("failures").replaceChildren(...(items.length ? items : ["Nothing."]).map((text) => element("li", {}, text)));
}

function showWorkers(report) {
  const items = report.workers.map((w) => `${w.name}, ${w.remote ? "from another machine" : "here"}: ${w.state}, ${number(w.users)} users`);
  byId("workers").replaceChildren(...(items.length ? items : ["None yet."]).map((text) => element("li", {}, text)));
}

function showNow(report) {
  const rate = report.load === "rate";
  const last = points[points.length - 1];
  say("where", `${report.target} · ${report.journeys.split("/").pop()} · ${number(report.elapsed_ms / 1000)} of ${number(report.planned_ms / 1000)} s`);
  say("phase", report.because ? `${report.phase}: ${report.because}` : report.phase);
  say("level-name", rate ? "Visitors a second" : "Users");
  say("wanted-name", rate ? "Visitors a second, by hand" : "Users, by hand");
  byId("wanted").max = report.most;
  say("level", `${number(report.level, rate ? 1 : 0)}${report.held ? " (by hand)" : ""}`);
  say("rate", last ? number(last.steps) : "–");
  say("p50", last ? `${number(last.p50_ms, 1)} ms` : "–");
  say("p99", last ? `${number(last.p99_ms, 1)} ms` : "–");
  say("failed", number(report.totals.failed));
  byId("failed").className = report.totals.failed ? "bad" : "";
  say("open", number(report.orders_open));
  say("waiting", number(report.waiting));
}

function show(report) {
  if (report.first_point < next) {
    points.length = 0;
  }
  points.push(...report.points);
  next = report.first_point + report.points.length;
  showNow(report);
  drawPlots();
  const kinds = ["step", "look", "journey"];
  byId("lines").replaceChildren(...kinds.flatMap((kind) => report.lines.filter((line) => line.kind === kind)).map(row));
  showFailures(report);
  showWorkers(report);
  over = report.phase === "over";
  for (const button of document.querySelectorAll("button")) {
    button.disabled = over || report.phase === "finishing";
  }
}

async function ask() {
  try {
    const answer = await fetch(`/report.json?from=${next}`);
    show(await answer.json());
  } catch {
    if (!over) {
      say("phase", "The load generator does not answer any more");
    }
    document.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  }
  setTimeout(ask, 1000);
}

async function change(event) {
  event.preventDefault();
  const form = event.currentTarget;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    say("said", answer.ok ? (form.id === "stop" ? "Stopping: journeys and orders come to their ends." : "Set.") : await answer.text());
  } catch {
    say("said", "The load generator does not answer.");
  }
}

byId("set").addEventListener("submit", change);
byId("stop").addEventListener("submit", change);
ask();
