// Scales from values to pixels, with the ticks that an axis shows.

function logScale(low, high, from, to) {
  const a = Math.log10(low), b = Math.log10(high);
  const place = (v) => from + ((Math.log10(Math.max(v, Number.MIN_VALUE)) - a) / (b - a || 1)) * (to - from);
  const first = Math.ceil(a - 1e-9), last = Math.floor(b + 1e-9);
  const decades = last - first;
  const room = Math.max(2, Math.abs(to - from) / 42);
  const each = Math.max(1, Math.ceil((decades + 1) / room));
  const ticks = [], minor = [];
  for (let k = Math.floor(a); k <= Math.ceil(b); k += 1) {
    for (let m = 1; m <= 9; m += 1) {
      const v = m * Math.pow(10, k);
      if (v < low * 0.999999 || v > high * 1.000001) continue;
      const fine = decades < 2 && (m === 2 || m === 5) && Math.abs(to - from) > 160;
      if (m === 1 && ((k % each) + each) % each === 0) ticks.push({ v, power: k });
      else if (fine) ticks.push({ v, power: k, times: m });
      else if (each === 1 || m === 1) minor.push(v);
    }
  }
  return { place, ticks, minor, low, high };
}

function linearScale(low, high, from, to, wanted, whole) {
  const span = high - low || 1;
  const raw = span / Math.max(1, wanted);
  const base = Math.pow(10, Math.floor(Math.log10(raw)));
  let step = [1, 2, 5, 10].map((m) => m * base).find((s) => s >= raw * 0.999);
  if (whole) step = Math.max(1, Math.round(step));
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) {
    ticks.push({ v: k * step, text: String(Number((k * step).toPrecision(6))) });
  }
  return { place: (v) => from + ((v - low) / span) * (to - from), ticks, minor: [], low, high };
}

// Whole numbers from 0 that reach far: the small ones stay apart, as on a logarithmic axis.
function countScale(high, from, to) {
  if (high <= 40) return linearScale(0, Math.max(high, 4), from, to, Math.abs(to - from) / 45, true);
  const f = (v) => Math.log10(1 + v / 4);
  const place = (v) => from + (f(v) / f(high)) * (to - from);
  const ticks = [];
  let last = -Infinity;
  const wanted = [0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
  for (const v of wanted) {
    if (v <= high && place(v) - last >= 26) {
      ticks.push({ v, text: String(v) });
      last = place(v);
    }
  }
  return { place, ticks, minor: [], low: 0, high };
}

function shortNumber(v) {
  if (v === null || v === undefined) return "–";
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size >= 1e-2 && size < 1e5) return String(Number(v.toPrecision(3)));
  return v.toExponential(1).replace("e+", "e");
}
