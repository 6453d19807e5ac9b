// The browser half of images.py.

import { drawCells, listen, makeCell } from "./shared/cells.js";
import { element, setVariables, wholeScale, writeToUrl } from "./shared/dom.js";

const NARROW = 640; // CSS pixels

function build(root, data, open) {
  let place = 0; // in the sprite
  const groups = data.groups.map(({ title, note, labels }, index) => {
    const cells = labels.map((label, picture) => {
      const cell = makeCell(label, place % data.columns, Math.floor(place / data.columns), [index, picture]);
      cell.title = label;
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
  listen(root, data.in_row, open);
}

function fit(root, { width, height, columns, in_row, cell, narrow_cell }) {
  const room = root.clientWidth / in_row - 2;
  const scale = wholeScale(Math.min(root.clientWidth < NARROW ? narrow_cell : cell, room), width);
  setVariables(root, { width, height, columns, "in-row": in_row, scale });
}

export default function ({ data: { code, ...data }, parentElement, setTriggerValue }) {
  if (code) writeToUrl({ z: code });
  return drawCells(parentElement.querySelector(".groups"), data, setTriggerValue, build, fit);
}
