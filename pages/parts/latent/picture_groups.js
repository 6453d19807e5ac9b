// The browser half of picture_groups.py.

const NARROW = 640; // CSS pixels
const drawn = new WeakMap(); // root element -> { data, content, open, observer }

function element(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function build(root, data, open) {
  let place = 0; // in the sprite
  const groups = data.groups.map(({ title, note, labels }, index) => {
    const cells = labels.map((label, picture) => {
      const cell = element("button", { type: "button", className: "cell", title: label, tabIndex: -1 });
      cell.setAttribute("aria-label", label);
      cell.style.setProperty("--left", place % data.sprite_columns);
      cell.style.setProperty("--top", Math.floor(place / data.sprite_columns));
      cell.dataset.place = JSON.stringify([index, picture]);
      place += 1;
      return cell;
    });
    const heading = element("div", { className: "heading" }, [
      element("strong", { textContent: title }),
      element("span", { textContent: note }),
    ]);
    const group = element("section", {}, [heading, element("div", { className: "cells" }, cells)]);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    return group;
  });
  root.replaceChildren(...groups);
  root.setAttribute("aria-label", data.label);
  root.setAttribute("role", "group");

  const cells = [...root.querySelectorAll(".cell")];
  cells[0].tabIndex = 0; // the whole is one stop of the Tab key; arrows move within it
  root.onclick = (event) => {
    const cell = event.target.closest(".cell");
    if (cell) open(JSON.parse(cell.dataset.place));
  };
  root.onkeydown = (event) => moveFocus(event, cells, data.columns);
}

function moveFocus(event, cells, columns) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  const from = cells.indexOf(event.target);
  const to = cells[from + step];
  if (from < 0 || !to) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

// Cells are whole multiples of the image's pixels, in pixels of the screen, so that all squares are equal.
function fit(root, data) {
  const room = root.clientWidth / data.columns - 2;
  const cell = Math.min(root.clientWidth < NARROW ? data.narrow_cell : data.cell, room);
  const unit = 1 / (window.devicePixelRatio || 1);
  const scale = Math.max(unit, Math.floor(cell / data.width / unit) * unit);
  const properties = {
    width: data.width,
    height: data.height,
    columns: data.columns,
    "sprite-columns": data.sprite_columns,
    scale,
  };
  for (const [name, value] of Object.entries(properties)) root.style.setProperty(`--${name}`, value);
}

// In place: a change of the vector is no page of the browser's history.
function writeToUrl(code) {
  const url = new URL(window.location.href);
  if (url.searchParams.get("z") === code) return;
  url.searchParams.set("z", code);
  window.history.replaceState(window.history.state, "", url);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".groups");
  const state = drawn.get(root) ?? {};
  drawn.set(root, state);
  state.data = data;
  state.open = (place) => setTriggerValue("opened", place);

  const { sprite, code, ...rest } = data;
  const content = JSON.stringify(rest);
  if (content !== state.content) {
    state.content = content;
    build(root, data, (place) => state.open(place));
  }
  root.style.setProperty("--sprite", `url("${sprite}")`);
  if (code) writeToUrl(code);
  fit(root, data);
  state.observer ??= new ResizeObserver(() => fit(root, state.data));
  state.observer.observe(root);
  return () => {
    if (!root.isConnected) state.observer.disconnect();
  };
}
