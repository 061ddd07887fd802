// Values at a point of an axis, by pointer or by the arrow keys.

function readout(plot, svg, box, scale, points, unit, read) {
  const cursor = make("path", { class: "cursor", d: "", visibility: "hidden" }, svg);
  const told = document.createElement("div");
  told.className = "readout";
  told.hidden = true;
  plot.appendChild(told);
  plot.tabIndex = 0;
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", `${svg.getAttribute("aria-label")}. Arrow keys read values.`);
  told.setAttribute("role", "status");
  let index = -1;

  function hide() {
    told.hidden = true;
    cursor.setAttribute("visibility", "hidden");
  }

  function show(at) {
    index = Math.min(points.length - 1, Math.max(0, at));
    const v = points[index], x = scale.place(v), part = plot.clientWidth / box.width;
    cursor.setAttribute("d", `M${x} ${box.top}V${box.bottom}`);
    cursor.setAttribute("visibility", "visible");
    const table = document.createElement("table");
    const head = table.createCaption();
    head.textContent = `${shortNumber(v)} ${unit}`;
    head.style.minWidth = "0";
    for (const [agent, value] of read(v)) {
      const row = table.insertRow();
      const name = document.createElement("th");
      name.textContent = page.agents[agent].name;
      row.appendChild(name);
      row.insertCell().textContent = shortNumber(value);
    }
    told.replaceChildren(table);
    told.hidden = false;
    const right = x > (box.left + box.right) / 2;
    told.style.left = right ? "auto" : `${x * part + 10}px`;
    told.style.right = right ? `${(box.width - x) * part + 10}px` : "auto";
  }

  plot.onpointermove = (event) => {
    if (!points.length) return;
    const at = ((event.clientX - svg.getBoundingClientRect().left) / svg.clientWidth) * box.width;
    let best = 0;
    points.forEach((v, k) => {
      if (Math.abs(scale.place(v) - at) < Math.abs(scale.place(points[best]) - at)) best = k;
    });
    show(best);
  };
  plot.onpointerleave = hide;
  plot.onblur = hide;
  plot.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step || !points.length) return;
    event.preventDefault();
    show(index < 0 ? Math.floor(points.length / 2) : index + step * (event.shiftKey ? 8 : 1));
  };
}
