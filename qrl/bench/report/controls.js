// Filters, theme, sorting, and when to draw again.

const page = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const form = document.querySelector("#controls form");
const DRAW = { curves: drawCurves, front: drawFront, profiles: drawProfiles, intervals: drawIntervals };

function all(selector, within) {
  return [...(within || document).querySelectorAll(selector)];
}

function boxes(kind) {
  return all(`input[name="${kind}"]`, form);
}

function chosen(kind, count) {
  const own = boxes(kind);
  if (!own.length) return [...Array(count).keys()];
  return own.filter((box) => box.checked).map((box) => Number(box.value));
}

function state() {
  return {
    cells: chosen("cell", page.cells.length),
    agents: chosen("agent", page.agents.length),
    spent: form.querySelector('input[name="spent"]:checked').value,
  };
}

function draw() {
  const shown = state();
  for (const figure of all("figure.chart")) {
    const plot = figure.querySelector(".plot");
    if (!plot.clientWidth) continue;
    DRAW[figure.dataset.chart](figure, plot, shown);
    if (figure.dataset.chart === "intervals") continue;
    legend(figure, shown);
  }
}

function legend(figure, shown) {
  const cell = figure.dataset.cell === undefined ? null : page.cells[figure.dataset.cell];
  const has = (k) => (cell ? cell.curves[k] || cell.fronts[k] : page.profiles[k]);
  const items = shown.agents.filter(has).map((k) => {
    const item = document.createElement("li");
    item.append(swatch(k), page.agents[k].name);
    return item;
  });
  figure.querySelector(".legend").replaceChildren(...items);
}

function filter() {
  const shown = state(), cells = new Set(shown.cells), agents = new Set(shown.agents);
  for (const one of all("[data-cell], [data-agent], [data-other]", document.querySelector("main"))) {
    if (one.closest("svg") || one.matches("figure.chart")) continue;
    const { cell, agent, other } = one.dataset;
    one.hidden =
      (cell !== undefined && !cells.has(Number(cell))) ||
      (agent !== undefined && !agents.has(Number(agent))) ||
      (other !== undefined && !agents.has(Number(other)));
  }
  const note = document.getElementById("overall-note");
  if (note) note.hidden = shown.cells.length === page.cells.length;
  remember(shown);
  tell(shown);
  draw();
}

function tell(shown) {
  const runs = all("table.runs tbody tr");
  const kept = runs.filter((row) => !row.hidden).length;
  const against = `curves against ${shown.spent}`;
  document.getElementById("shown").textContent = runs.length
    ? `${kept} of ${runs.length} runs shown: ${shown.cells.length} of ${page.cells.length} tasks, ` +
      `${shown.agents.length} of ${page.agents.length} agents; ${against}.`
    : `Drawn: ${against}.`;
}

// The address keeps what is hidden, so that a view can be sent to others.
function remember(shown) {
  const parts = [];
  const hidden = (count, kept) => [...Array(count).keys()].filter((k) => !kept.includes(k));
  const cells = hidden(page.cells.length, shown.cells), agents = hidden(page.agents.length, shown.agents);
  if (cells.length) parts.push(`hide-tasks=${cells.join(",")}`);
  if (agents.length) parts.push(`hide-agents=${agents.join(",")}`);
  if (shown.spent !== "evaluations") parts.push(`against=${shown.spent}`);
  const old = location.hash.slice(1);
  if (!parts.length && !old.includes("=")) return;
  try {
    history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search);
  } catch (error) {
    // Some places that show pages keep no history; the filter works without.
  }
}

function recall() {
  const hash = location.hash.slice(1);
  if (!hash.includes("=")) return;
  const found = new URLSearchParams(hash);
  const listed = (name) => new Set((found.get(name) || "").split(","));
  for (const box of boxes("cell")) box.checked = !listed("hide-tasks").has(box.value);
  for (const box of boxes("agent")) box.checked = !listed("hide-agents").has(box.value);
  for (const box of boxes("spent")) box.checked = box.value === (found.get("against") || "evaluations");
}

function themeNow() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  return root.dataset.theme || (dark ? "dark" : "light");
}

function setTheme(name) {
  root.dataset.theme = name;
  document.getElementById("theme").textContent = name === "dark" ? "Light colors" : "Dark colors";
}

function stored(change) {
  try {
    if (change === undefined) return localStorage.getItem("qrl-theme");
    localStorage.setItem("qrl-theme", change);
  } catch (error) {
    // Without storage the choice lasts as long as the page.
  }
  return null;
}

function sortable(table) {
  const heads = all("thead th", table);
  const body = table.tBodies[0];
  if (table.classList.contains("matrix") || !body || body.rows.length < 2) return;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.appendChild(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sortBy(body, column, down ? -1 : 1);
    });
  });
}

function sortBy(body, column, sign) {
  const key = (row) => {
    const cell = row.cells[column], given = cell.dataset.value;
    if (given !== undefined) return Number(given);
    return cell.classList.contains("text") ? cell.textContent : plainNumber(cell.textContent);
  };
  const missing = (v) => v === null || Number.isNaN(v);
  const keyed = [...body.rows].map((row) => [key(row), row]);
  keyed.sort(([a], [b]) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    if (typeof a === "string" || typeof b === "string") return sign * String(a).localeCompare(String(b), "en", { numeric: true });
    return a === b ? 0 : sign * (a < b ? -1 : 1);
  });
  body.append(...keyed.map(([, row]) => row));
}

function plainNumber(text) {
  const found = text.replaceAll(",", "");
  return found === "" || found === "–" ? null : Number(found);
}

function start() {
  for (const one of all(".needs-script")) one.hidden = false;
  // Small screens begin with the filter closed: it would fill them.
  const panel = document.querySelector("#controls details");
  if (panel && window.matchMedia("(max-width: 40rem)").matches) panel.open = false;
  for (const box of boxes("agent")) box.parentElement.querySelector(".swatch").append(swatch(Number(box.value)));
  const known = stored();
  setTheme(known === "dark" || known === "light" ? known : themeNow());
  document.getElementById("theme").addEventListener("click", () => {
    const name = themeNow() === "dark" ? "light" : "dark";
    setTheme(name);
    stored(name);
  });
  const reset = document.getElementById("reset");
  if (reset) {
    reset.addEventListener("click", () => {
      for (const box of [...boxes("cell"), ...boxes("agent")]) box.checked = true;
      filter();
    });
  }
  for (const button of all("button.none", form)) {
    button.addEventListener("click", () => {
      for (const box of boxes(button.dataset.none)) box.checked = false;
      filter();
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", filter);
  window.addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    recall();
    filter();
  });
  all("table").forEach(sortable);
  // What a link leads to must not come to lie under the filter.
  const keepClear = () => {
    const bar = document.getElementById("controls");
    const sticks = getComputedStyle(bar).position === "sticky";
    root.style.scrollPaddingTop = `${sticks ? bar.offsetHeight + 8 : 0}px`;
  };
  new ResizeObserver(keepClear).observe(document.getElementById("controls"));
  let waiting = null, wide = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === wide) return;
    wide = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(draw, 120);
  });
  recall();
  filter();
}

start();
