// The browser half of grid.py.

import { drawCells, listen, makeCell } from "./shared/cells.js";
import { element, setVariables, wholeScale } from "./shared/dom.js";

const LARGEST = 64; // CSS pixels of a cell; with larger ones five entries would not fit on a screen
const PREVIEW = 320; // CSS pixels of the large picture

function build(layout, data, open) {
  const frame = layout.querySelector(".frame");
  const { names, values, headings, words } = data;
  const head = element("tr", {}, [
    element("th"),
    element("th", { className: "value" }),
    ...headings.map((heading) => element("th", { scope: "col", textContent: heading })),
  ]);
  const rows = names.flatMap((name, group) =>
    values.map((value, index) => {
      const row = element("tr");
      row.classList.toggle("first", index === 0);
      row.classList.toggle("last", index === values.length - 1);
      if (index === 0) {
        row.append(element("th", { className: "name", scope: "rowgroup", rowSpan: values.length, textContent: name }));
      }
      row.append(element("th", { className: "value", scope: "row", textContent: value }));
      headings.forEach((_heading, column) => {
        const label = words.cell
          .replace("{name}", name)
          .replace("{value}", value)
          .replace("{column}", column + 1);
        const cell = makeCell(label, column, group * values.length + index, [group, index, column]);
        row.append(element("td", {}, [cell]));
      });
      return row;
    }),
  );
  const table = element("table", {}, [element("thead", {}, [head]), element("tbody", {}, rows)]);
  table.setAttribute("aria-label", words.table);
  frame.replaceChildren(table);

  listen(table, headings.length, open);
  const enlarge = (event) => {
    const cell = event.target.closest(".cell");
    if (cell) preview(layout, cell);
  };
  table.addEventListener("pointerover", enlarge);
  table.addEventListener("focusin", enlarge);
  preview(layout, table.querySelector(".cell"));
}

function preview(layout, cell) {
  const picture = element("div", { className: "picture" });
  for (const name of ["--left", "--top"]) picture.style.setProperty(name, cell.style.getPropertyValue(name));
  layout.querySelector(".preview").replaceChildren(picture, cell.getAttribute("aria-label"));
}

function fit(layout, data) {
  const columns = data.headings.length;
  const labels = [...layout.querySelectorAll("tbody tr:first-child th")];
  const taken = labels.reduce((sum, label) => sum + label.offsetWidth, 0) + 2 * columns;
  const room = Math.min((layout.clientWidth - taken) / columns, LARGEST);
  const scale = Math.max(1, wholeScale(room, data.width)); // a sheet that needs more room scrolls
  setVariables(layout, { width: data.width, height: data.height, columns, scale });
  setVariables(layout.querySelector(".preview"), { scale: Math.max(1, Math.floor(PREVIEW / data.width)) });
}

export default function ({ data, parentElement, setTriggerValue }) {
  return drawCells(parentElement.querySelector(".layout"), data, setTriggerValue, build, fit);
}
