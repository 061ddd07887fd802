// Elements, markers and the frame that all charts share.

const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, parent, content) {
  const one = document.createElementNS(SVG, name);
  for (const key in attributes) one.setAttribute(key, attributes[key]);
  if (content !== undefined) one.textContent = content;
  if (parent) parent.appendChild(one);
  return one;
}

// Agents differ by color, dash and marker, so that none of the three is needed alone.
const DASHES = ["", "7 3", "2 2.5", "9 3 2 3"];
const MARKERS = ["circle", "square", "triangle", "diamond", "down", "plus", "box"];
const COLORS = 7;

function style(index) {
  const agent = page.agents[index];
  if (agent.random) return { color: "var(--random)", dash: "4 4", marker: "ring" };
  const own = page.agents.slice(0, index).filter((a) => !a.random).length;
  return {
    color: `var(--c${own % COLORS})`,
    dash: DASHES[((own % COLORS) + Math.floor(own / COLORS)) % DASHES.length],
    marker: MARKERS[own % MARKERS.length],
  };
}

function marker(kind, x, y, size, color, parent) {
  const s = size;
  const paths = {
    square: `M${x - s} ${y - s}h${2 * s}v${2 * s}h${-2 * s}z`,
    triangle: `M${x} ${y - 1.2 * s}L${x + 1.15 * s} ${y + s}H${x - 1.15 * s}z`,
    down: `M${x} ${y + 1.2 * s}L${x + 1.15 * s} ${y - s}H${x - 1.15 * s}z`,
    diamond: `M${x} ${y - 1.35 * s}L${x + 1.35 * s} ${y}L${x} ${y + 1.35 * s}L${x - 1.35 * s} ${y}z`,
    plus: `M${x - 1.3 * s} ${y}h${2.6 * s}M${x} ${y - 1.3 * s}v${2.6 * s}`,
    cross: `M${x - s} ${y - s}l${2 * s} ${2 * s}m0 ${-2 * s}l${-2 * s} ${2 * s}`,
    box: `M${x - s} ${y - s}h${2 * s}v${2 * s}h${-2 * s}z`,
    star: star(x, y, 1.7 * s),
  };
  const open = ["plus", "cross", "ring", "box"].includes(kind);
  const look = open ? { fill: "none", stroke: color, "stroke-width": 1.8 } : { fill: color };
  if (kind === "circle" || kind === "ring") return make("circle", { cx: x, cy: y, r: s, ...look }, parent);
  return make("path", { d: paths[kind], ...look }, parent);
}

function star(x, y, size) {
  const points = [];
  for (let k = 0; k < 10; k += 1) {
    const r = k % 2 ? size * 0.42 : size, turn = (Math.PI * k) / 5 - Math.PI / 2;
    points.push(`${(x + r * Math.cos(turn)).toFixed(2)} ${(y + r * Math.sin(turn)).toFixed(2)}`);
  }
  return `M${points.join("L")}z`;
}

function swatch(index) {
  const { color, dash, marker: kind } = style(index);
  const svg = make("svg", { width: 34, height: 14, viewBox: "0 0 34 14", "aria-hidden": "true" });
  make("path", { d: "M1 7H33", stroke: color, "stroke-width": 2, "stroke-dasharray": dash, fill: "none" }, svg);
  marker(kind, 17, 7, 3.6, color, svg);
  return svg;
}

// An empty chart: axes, grid, names. The scales are made by the caller for the inner rectangle.
function frame(plot, label, height, left) {
  const width = Math.max(260, Math.round(plot.clientWidth));
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const box = { left, right: width - 12, top: 12, bottom: height - 42, width, height };
  return { svg, box };
}

function xAxis(svg, box, scale, name) {
  for (const v of scale.minor) {
    make("path", { class: "axis", d: `M${scale.place(v)} ${box.bottom}v3` }, svg);
  }
  for (const tick of scale.ticks) {
    const x = scale.place(tick.v);
    make("path", { class: "grid", d: `M${x} ${box.top}V${box.bottom}` }, svg);
    make("path", { class: "axis", d: `M${x} ${box.bottom}v5` }, svg);
    tickText(tick, x, box.bottom + 18, "middle", svg);
  }
  make("path", { class: "axis", d: `M${box.left} ${box.bottom}H${box.right}` }, svg);
  const middle = (box.left + box.right) / 2;
  make("text", { x: middle, y: box.bottom + 36, "text-anchor": "middle" }, svg, name);
}

function yAxis(svg, box, scale, name) {
  for (const v of scale.minor) {
    make("path", { class: "axis", d: `M${box.left} ${scale.place(v)}h-3` }, svg);
  }
  for (const tick of scale.ticks) {
    const y = scale.place(tick.v);
    make("path", { class: "grid", d: `M${box.left} ${y}H${box.right}` }, svg);
    make("path", { class: "axis", d: `M${box.left} ${y}h-5` }, svg);
    tickText(tick, box.left - 8, y + 4, "end", svg);
  }
  make("path", { class: "axis", d: `M${box.left} ${box.top}V${box.bottom}` }, svg);
  const middle = (box.top + box.bottom) / 2;
  const turned = { x: 0, y: 0, "text-anchor": "middle", transform: `translate(13 ${middle}) rotate(-90)` };
  make("text", turned, svg, name);
}

function tickText(tick, x, y, anchor, svg) {
  const one = make("text", { class: "tick", x, y, "text-anchor": anchor }, svg);
  if (tick.text !== undefined) {
    one.textContent = tick.text;
  } else if (tick.power >= 0 && tick.power <= 3) {
    one.textContent = String(Math.round(tick.v));
  } else if (tick.power === -1 || tick.power === -2) {
    one.textContent = String(Number(tick.v.toPrecision(3)));
  } else {
    one.textContent = tick.times ? `${tick.times}·10` : "10";
    make("tspan", { class: "up", dy: -5 }, one, String(tick.power).replace("-", "−"));
  }
}

function describe(one, content) {
  make("title", {}, one, content);
  return one;
}
