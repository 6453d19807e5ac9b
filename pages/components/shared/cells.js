// Many pictures out of one sprite, each of which can be opened.

import { element, setVariables } from "./dom.js";

const drawn = new WeakMap(); // root element -> { data, content, open, observer }

// Draw `data` into `root`: built anew when more than the pictures changed, fitted whenever the room for it changes.
export function drawCells(root, data, setTriggerValue, build, fit) {
  const state = drawn.get(root) ?? {};
  drawn.set(root, state);
  state.data = data;
  state.open = (place) => setTriggerValue("opened", place);

  const { sprite, ...rest } = data;
  const content = JSON.stringify(rest);
  if (content !== state.content) {
    state.content = content;
    build(root, data, (place) => state.open(place));
  }
  setVariables(root, { sprite: `url("${sprite}")` });
  fit(root, data);
  state.observer ??= new ResizeObserver(() => fit(root, state.data));
  state.observer.observe(root);
  return () => {
    if (!root.isConnected) state.observer.disconnect();
  };
}

// left, top: which picture of the sprite; place: what is sent when it is opened
export function makeCell(label, left, top, place) {
  const cell = element("button", { type: "button", className: "cell picture", tabIndex: -1 });
  cell.setAttribute("aria-label", label);
  cell.dataset.place = JSON.stringify(place);
  setVariables(cell, { left, top });
  return cell;
}

// How far an arrow key leads in a row of cells that is broken into lines of `columns`; undefined for other keys.
export function stepOf(key, columns) {
  return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
}

// The whole is one stop of the Tab key; arrows move within it.
export function listen(root, columns, open) {
  const cells = [...root.querySelectorAll(".cell")];
  cells[0].tabIndex = 0;
  root.onclick = (event) => {
    const cell = event.target.closest(".cell");
    if (cell) open(JSON.parse(cell.dataset.place));
  };
  root.onkeydown = (event) => {
    const from = cells.indexOf(event.target);
    const to = cells[from + stepOf(event.key, columns)];
    if (from < 0 || !to) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };
}
