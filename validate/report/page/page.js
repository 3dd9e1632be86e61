"use strict";
(() => {
  const scheme = document.getElementById("scheme");
  scheme.parentElement.hidden = false;
  scheme.addEventListener("change", () => { document.documentElement.style.colorScheme = scheme.value; });

  const form = document.getElementById("filters");
  if (!form) return;
  form.hidden = false;
  const list = document.getElementById("list");
  const items = [...list.children].map((node, rank) => ({ node, rank, number: Number(node.dataset.number), ...node.dataset, text: "" }));
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const boxes = (name) => [...form.elements].filter((e) => e.name === name);
  let order = "rank";

  // The address keeps the filters, so that a view can be sent to somebody.
  const remember = () => {
    const state = new URLSearchParams();
    for (const name of ["severity", "status"]) {
      const off = boxes(name).filter((b) => !b.checked).map((b) => b.value);
      if (off.length) state.set("no-" + name, off.join(","));
    }
    for (const name of ["rule", "file", "text"]) {
      if (form.elements[name].value) state.set(name, form.elements[name].value);
    }
    if (form.elements.order.value !== "rank") state.set("order", form.elements.order.value);
    const text = state.toString();
    history.replaceState(null, "", text ? "#?" + text : "#");
  };
  const recall = () => {
    if (!location.hash.startsWith("#?")) return;
    const state = new URLSearchParams(location.hash.slice(2));
    for (const name of ["severity", "status"]) {
      const off = (state.get("no-" + name) || "").split(",");
      for (const b of boxes(name)) b.checked = !off.includes(b.value);
    }
    for (const name of ["rule", "file", "text", "order"]) {
      if (state.has(name)) form.elements[name].value = state.get(name);
    }
  };

  const apply = () => {
    const on = (name) => new Set(boxes(name).filter((b) => b.checked).map((b) => b.value));
    const severities = on("severity"), statuses = on("status");
    const rule = form.elements.rule.value, file = form.elements.file.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      if (words.length && !item.text) item.text = item.node.textContent.toLowerCase();
      const show = severities.has(item.severity) && statuses.has(item.status) && (!rule || item.rule === rule) &&
        (!file || item.file === file) && words.every((word) => item.text.includes(word));
      item.node.hidden = !show;
      if (show) count++;
    }
    if (form.elements.order.value !== order) {
      order = form.elements.order.value;
      const key = order === "place" ? "number" : "rank";
      list.append(...[...items].sort((a, b) => a[key] - b[key]).map((item) => item.node));
    }
    shown.textContent = count === items.length ? String(count) : count + " of " + items.length;
    nothing.hidden = count > 0;
  };

  const changed = () => { apply(); remember(); };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  const openAll = (open) => { for (const item of items) if (!item.node.hidden) item.node.open = open; };
  document.getElementById("open").addEventListener("click", () => openAll(true));
  document.getElementById("close").addEventListener("click", () => openAll(false));
  window.addEventListener("hashchange", () => { recall(); apply(); });
  recall();
  apply();
})();
