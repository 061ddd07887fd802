// The charts: each takes its figure's data and draws into its plot.

function between(low, high, v) {
  return Math.min(high, Math.max(low, v));
}

function errorName(cell) {
  const name = cell.exact ? "error" : "cost over the lowest";
  return cell.unit ? `${name} (${cell.unit})` : name;
}

// A logarithmic axis for errors, from what is drawn; nothing below the cell's floor.
function errorScale(cell, values, from, to) {
  const kept = values.filter((v) => v !== null && v !== undefined).map((v) => Math.max(v, cell.floor));
  let low = Math.min(...kept), high = Math.max(...kept);
  if (!kept.length) [low, high] = [cell.floor, 1];
  if (high / low < 10) [low, high] = [low / 2.5, high * 2.5];
  return logScale(low / 1.3, high * 1.6, from, to);
}

// A line that keeps each value until the next one, as the best so far does.
function stepPath(xs, ys) {
  let d = "", last = null;
  for (let k = 0; k < xs.length; k += 1) {
    if (ys[k] === null) continue;
    const x = xs[k].toFixed(1), y = ys[k].toFixed(1);
    if (d === "") d = `M${x} ${y}`;
    else if (y !== last) d += `H${x}V${y}`;
    else if (k === xs.length - 1) d += `H${x}`;
    last = y;
  }
  return d;
}

function bandPath(xs, lows, highs) {
  const forth = [], back = [];
  for (let k = 0; k < xs.length; k += 1) {
    const x = xs[k].toFixed(1);
    if (k) {
      forth.push(`${x} ${lows[k - 1].toFixed(1)}`);
      back.push(`${x} ${highs[k - 1].toFixed(1)}`);
    }
    forth.push(`${x} ${lows[k].toFixed(1)}`);
    back.push(`${x} ${highs[k].toFixed(1)}`);
  }
  return forth.length ? `M${forth.join("L")}L${back.reverse().join("L")}z` : "";
}

function level(svg, box, y, name, color, dash, above) {
  make("path", { class: "reference", stroke: color, "stroke-dasharray": dash, d: `M${box.left} ${y}H${box.right}` }, svg);
  const text = { class: "tiny", x: box.right - 2, y: above ? y - 4 : y + 13, "text-anchor": "end", style: `fill:${color}` };
  make("text", text, svg, name);
}

function levels(svg, box, y, cell) {
  if (cell.trivial) level(svg, box, y.place(Math.max(cell.trivial[1], cell.floor)), cell.trivial[0], "var(--soft)", "2 3", true);
  if (cell.target !== null && cell.target >= y.low) level(svg, box, y.place(cell.target), "target", "var(--target)", "6 4", false);
}

function drawCurves(figure, plot, shown) {
  const cell = page.cells[figure.dataset.cell], spent = shown.spent;
  const listed = shown.agents.filter((k) => cell.curves[k]).map((k) => [k, cell.curves[k][spent]]);
  const label = `Lowest error so far against ${spent}, ${cell.name}, of ${listed.length} agents; the table above has figures`;
  const { svg, box } = frame(plot, label, 330, 62);
  const published = cell.marks.filter((m) => m[3]);
  const values = [cell.target, cell.trivial && cell.trivial[1], ...published.map((m) => m[2])];
  for (const [, c] of listed) values.push(...c.m, ...c.l, ...c.h);
  const y = errorScale(cell, values, box.bottom, box.top);
  const all = Object.values(cell.curves).map((c) => c[spent].x);
  const low = Math.min(...all.map((x) => x[0])), high = Math.max(...all.map((x) => x[x.length - 1]));
  const x = logScale(low, high, box.left, box.right);
  xAxis(svg, box, x, spent === "seconds" ? "time spent searching (s)" : "evaluations of the cost");
  yAxis(svg, box, y, errorName(cell));
  levels(svg, box, y, cell);
  for (const [name, , error] of published) {
    const at = y.place(Math.max(error, cell.floor));
    make("path", { class: "reference", stroke: "var(--published)", opacity: 0.55, d: `M${box.right - 60} ${at}H${box.right}` }, svg);
    describe(marker("star", box.right, at, 3, "var(--published)", svg), `${name}, published: ${shortNumber(error)}`);
  }
  const down = (v) => (v === null ? box.top : between(box.top, box.bottom, y.place(Math.max(v, cell.floor))));
  listed.forEach(([k, c], order) => {
    const { color, dash, marker: kind } = style(k);
    const xs = c.x.map(x.place);
    if (c.n > 1) {
      const from = c.l.findIndex((v) => v !== null);
      const cut = (list) => (from < 0 ? [] : list.slice(from));
      make("path", { class: "band", fill: color, d: bandPath(cut(xs), cut(c.l).map(down), cut(c.h).map(down)) }, svg);
    }
    const ys = c.m.map((v) => (v === null ? null : down(v)));
    make("path", { class: "line", stroke: color, "stroke-dasharray": dash, d: stepPath(xs, ys), "data-agent": k }, svg);
    let next = box.left + 20 + (order * 90) / Math.max(1, listed.length);
    xs.forEach((at, i) => {
      if (ys[i] !== null && at >= next) {
        marker(kind, at, ys[i], 3.3, color, svg);
        next = at + 90;
      }
    });
  });
  plot.replaceChildren(svg);
  const read = (v) => listed.map(([k, c]) => [k, c.m[Math.max(0, c.x.findLastIndex((one) => one <= v * 1.0000001))]]);
  readout(plot, svg, box, x, listed.length ? listed[0][1].x : [], spent === "seconds" ? "s" : spent, read);
}

function drawFront(figure, plot, shown) {
  const cell = page.cells[figure.dataset.cell];
  const listed = shown.agents.filter((k) => cell.fronts[k]).map((k) => [k, cell.fronts[k]]);
  const label = `Error against CNOTs of the best circuits, ${cell.name}; the tables have figures`;
  const { svg, box } = frame(plot, label, 330, 62);
  const marks = cell.marks.filter((m) => m[1] !== null && m[2] !== null);
  const points = listed.flatMap(([, front]) => front);
  const y = errorScale(cell, [cell.target, ...marks.map((m) => m[2]), ...points.map((p) => p[1])], box.bottom, box.top);
  const most = Math.max(4, ...marks.map((m) => m[1]), ...points.map((p) => p[0]));
  const x = countScale(most * 1.04, box.left + 8, box.right - 6);
  xAxis(svg, box, x, "CNOTs of the whole circuit");
  yAxis(svg, box, y, errorName(cell));
  if (cell.target !== null && cell.target >= y.low) level(svg, box, y.place(cell.target), "target", "var(--target)", "6 4", false);
  const at = (error) => y.place(Math.max(error, cell.floor));
  for (const [k, front] of listed) {
    const { color, dash, marker: kind } = style(k);
    const xs = front.map((p) => x.place(p[0])), ys = front.map((p) => at(p[1]));
    const tail = xs.length ? `H${box.right}` : "";
    make("path", { class: "line", stroke: color, "stroke-dasharray": dash, "stroke-width": 1.4, opacity: 0.8, d: stepPath(xs, ys) + tail, "data-agent": k }, svg);
    front.forEach((p, i) => {
      const told = `${page.agents[k].name}: ${p[0]} CNOTs, error ${shortNumber(p[1])}, depth ${p[2]}`;
      describe(marker(kind, xs[i], ys[i], 3.8, color, svg), told);
    });
  }
  const taken = marks.map((m) => [x.place(m[1]) - 6, at(m[2]) - 8, 12]);
  for (const [name, cnots, error, published] of marks) {
    const color = published ? "var(--published)" : "var(--soft)";
    const px = x.place(cnots), py = at(error);
    const one = marker(published ? "star" : "cross", px, py, published ? 4.2 : 3.8, color, svg);
    describe(one, `${name}${published ? ", published" : ""}: ${cnots} CNOTs, error ${shortNumber(error)}`);
    place(svg, box, taken, px, py, name, color);
  }
  plot.replaceChildren(svg);
}

// A name beside its mark where no other name is; where there is no room, the mark's title and the table tell it.
function place(svg, box, taken, x, y, name, color) {
  const wide = name.length * 5.9, tries = [[8, 4, "start"], [-8, 4, "end"], [0, -9, "middle"], [0, 18, "middle"], [8, -9, "start"], [8, 17, "start"], [-8, -9, "end"], [-8, 17, "end"]];
  for (const [dx, dy, anchor] of tries) {
    const left = x + dx - (anchor === "end" ? wide : anchor === "middle" ? wide / 2 : 0), top = y + dy - 10;
    const free = taken.every(([l, t, w]) => left > l + w || l > left + wide || Math.abs(top - t) > 11);
    if (free && left > box.left && left + wide < box.width && top > 0 && top + 12 < box.bottom) {
      taken.push([left, top, wide]);
      make("text", { class: "tiny", x: x + dx, y: y + dy, "text-anchor": anchor, style: `fill:${color}` }, svg, name);
      return;
    }
  }
}

function drawProfiles(figure, plot, shown) {
  const listed = shown.agents.filter((k) => page.profiles[k]).map((k) => [k, page.profiles[k]]);
  const { svg, box } = frame(plot, "Performance profiles: share of runs against multiples of the target error", 330, 52);
  const first = Object.values(page.profiles)[0];
  const x = logScale(first.x[0], first.x[first.x.length - 1], box.left, box.right);
  const y = linearScale(0, 1, box.bottom, box.top, 5);
  xAxis(svg, box, x, "tau: error over target error");
  yAxis(svg, box, y, "share of runs");
  make("path", { class: "reference", stroke: "var(--target)", "stroke-dasharray": "6 4", d: `M${x.place(1)} ${box.top}V${box.bottom}` }, svg);
  make("text", { class: "tiny", x: x.place(1) + 4, y: box.bottom - 5, style: "fill:var(--target)" }, svg, "target");
  for (const [k, p] of listed) {
    const { color, dash, marker: kind } = style(k);
    const xs = p.x.map(x.place), on = (v) => y.place(v);
    const known = p.l.every((v) => v !== null) && p.h.every((v) => v !== null);
    if (known) make("path", { class: "band", fill: color, d: bandPath(xs, p.l.map(on), p.h.map(on)) }, svg);
    const ys = p.m.map((v) => (v === null ? null : on(v)));
    make("path", { class: "line", stroke: color, "stroke-dasharray": dash, d: stepPath(xs, ys), "data-agent": k }, svg);
    const each = Math.max(1, Math.floor(xs.length / 7));
    for (let i = (k * 3) % each; i < xs.length; i += each) if (ys[i] !== null) marker(kind, xs[i], ys[i], 3.3, color, svg);
  }
  plot.replaceChildren(svg);
  const read = (v) => listed.map(([k, p]) => [k, p.m[Math.max(0, p.x.findLastIndex((one) => one <= v * 1.0000001))]]);
  readout(plot, svg, box, x, first.x, "times the target", read);
}

const MEASURES = { iqm: "IQM of the score", success: "success rate", rank: "mean rank, or place" };

function drawIntervals(figure, plot, shown) {
  const name = figure.dataset.measure, all = page.measures[name], ranks = name === "rank";
  const listed = shown.agents.filter((k) => all[k]);
  if (ranks) listed.sort((a, b) => all[a][0] - all[b][0]);
  const widest = Math.max(6, ...page.agents.map((a) => a.name.length));
  const left = Math.min(20 + widest * 6.6, Math.max(90, plot.clientWidth * 0.42));
  const { svg, box } = frame(plot, `${MEASURES[name]} of each agent with its interval; the table has figures`, 62 + 26 * listed.length, left);
  const x = linearScale(ranks ? 1 : 0, ranks ? Math.max(2, page.agents.length) : 1, box.left, box.right - 6, 5, ranks);
  xAxis(svg, box, x, MEASURES[name]);
  listed.forEach((k, row) => {
    const { color, marker: kind } = style(k), [value, low, high, best, worst] = all[k], at = box.top + 12 + 26 * row;
    const letters = Math.floor((left - 16) / 6.4), full = page.agents[k].name;
    const shownName = full.length > letters ? `${full.slice(0, letters - 1)}…` : full;
    describe(make("text", { x: box.left - 10, y: at + 4, "text-anchor": "end" }, svg, shownName), full);
    if (ranks) make("path", { d: `M${x.place(best) - 4} ${at}H${x.place(worst) + 4}`, stroke: color, "stroke-width": 14, opacity: 0.18 }, svg);
    if (low !== null && high !== null) make("path", { class: "line", stroke: color, d: `M${x.place(low)} ${at}H${x.place(high)}` }, svg);
    const told = `${full}: ${shortNumber(value)}` + (low === null ? "" : ` [${shortNumber(low)}, ${shortNumber(high)}]`);
    if (value !== null) describe(marker(kind, x.place(value), at, 4.4, color, svg), told);
  });
  plot.replaceChildren(svg);
}
