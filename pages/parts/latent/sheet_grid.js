// The browser half of sheet_grid.py.

const LARGEST = 64; // CSS pixels of a cell; with larger ones five entries would not fit on a screen
const PREVIEW = 320; // CSS pixels of the large picture
const sheets = new WeakMap(); // layout element -> { data, observer, drawn, open }

function element(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

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
        const label = words.cell.replace("{name}", name).replace("{value}", value).replace("{column}", column + 1);
        const cell = element("button", { type: "button", className: "cell picture", tabIndex: -1 });
        cell.setAttribute("aria-label", label);
        cell.style.setProperty("--left", column);
        cell.style.setProperty("--top", group * values.length + index);
        cell.dataset.place = JSON.stringify([group, index, column]);
        row.append(element("td", {}, [cell]));
      });
      return row;
    }),
  );
  const table = element("table", {}, [element("thead", {}, [head]), element("tbody", {}, rows)]);
  table.setAttribute("aria-label", words.table);
  frame.replaceChildren(table);

  const cells = [...table.querySelectorAll(".cell")];
  cells[0].tabIndex = 0; // the whole sheet is one stop of the Tab key; arrows move within it
  table.onclick = (event) => {
    const cell = event.target.closest(".cell");
    if (cell) open(JSON.parse(cell.dataset.place));
  };
  const enlarge = (event) => {
    const cell = event.target.closest(".cell");
    if (cell) preview(layout, cell);
  };
  table.addEventListener("pointerover", enlarge);
  table.addEventListener("focusin", enlarge);
  preview(layout, cells[0]);
  table.onkeydown = (event) => moveFocus(event, cells, headings.length);
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

function preview(layout, cell) {
  const picture = element("div", { className: "picture" });
  for (const name of ["--left", "--top"]) picture.style.setProperty(name, cell.style.getPropertyValue(name));
  layout.querySelector(".preview").replaceChildren(picture, cell.getAttribute("aria-label"));
}

// Cells are whole multiples of the image's pixels, in pixels of the screen, so that all squares are equal.
function fit(layout, data) {
  const columns = data.headings.length;
  const labels = [...layout.querySelectorAll("tbody tr:first-child th")];
  const taken = labels.reduce((sum, label) => sum + label.offsetWidth, 0) + 2 * columns;
  const room = Math.min((layout.clientWidth - taken) / columns, LARGEST);
  const unit = 1 / (window.devicePixelRatio || 1);
  const scale = Math.max(1, Math.floor(room / data.width / unit) * unit);
  const properties = { width: data.width, height: data.height, columns, scale };
  for (const [name, value] of Object.entries(properties)) layout.style.setProperty(`--${name}`, value);
  const large = Math.max(1, Math.floor(PREVIEW / data.width));
  layout.querySelector(".preview").style.setProperty("--scale", large);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const layout = parentElement.querySelector(".layout");
  const sheet = sheets.get(layout) ?? {};
  sheets.set(layout, sheet);
  sheet.data = data;
  sheet.open = (place) => setTriggerValue("opened", place);

  const { sprite, ...table } = data;
  const content = JSON.stringify(table);
  if (content !== sheet.drawn) {
    sheet.drawn = content;
    build(layout, data, (place) => sheet.open(place));
  }
  layout.style.setProperty("--sprite", `url("${sprite}")`);
  fit(layout, data);
  sheet.observer ??= new ResizeObserver(() => fit(layout, sheet.data));
  sheet.observer.observe(layout);
  return () => {
    if (!layout.isConnected) sheet.observer.disconnect();
  };
}
