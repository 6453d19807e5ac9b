// The browser half of sorter.py.

import { element, setVariables } from "./shared/dom.js";

const SCALE = 1;
const sorters = new WeakMap(); // root element -> Sorter

class Sorter {
  constructor(root) {
    this.root = root;
    this.chosen = new Set(); // names of pictures
    this.count = 0;
    this.content = null;
    root.querySelector(".remove").onclick = () => this.remove();
    root.onkeydown = (event) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      const focused = root.getRootNode().activeElement?.dataset.name;
      if (focused && !this.chosen.size) this.chosen.add(focused);
      event.preventDefault();
      this.remove();
    };
  }

  update(data, send) {
    this.data = data;
    this.sendMessage = send;
    setVariables(this.root, {
      width: data.side,
      height: data.side,
      columns: data.columns,
      scale: SCALE,
      sprite: `url("${data.sprite}")`,
    });
    const content = JSON.stringify([data.pictures, data.classes, data.words]);
    if (content === this.content) return;
    this.content = content;
    const focused = this.root.getRootNode().activeElement?.dataset.name;
    const there = new Set(data.pictures.map(({ name }) => name));
    this.chosen = new Set([...this.chosen].filter((name) => there.has(name)));
    this.root.querySelector(".classes").replaceChildren(...data.classes.map((label) => this.group(label)));
    this.root.querySelector(".remove").textContent = data.words.remove;
    if (focused) this.root.querySelector(`[data-name="${focused}"]`)?.focus();
    this.show();
  }

  send(act, names, label) {
    this.count += 1;
    this.sendMessage({ act, names, label, count: this.count });
  }

  remove() {
    if (this.chosen.size) this.send("remove", [...this.chosen], "");
    this.chosen.clear();
    this.show();
  }

  move(names, label) {
    if (names.length) this.send("sort", names, label);
    this.chosen.clear();
    this.show();
  }

  group(label) {
    const { words, pictures } = this.data;
    const title = label || words.unsorted;
    const inside = pictures.map((picture, place) => ({ ...picture, place })).filter((one) => one.label === label);
    const here = element("button", { type: "button", className: "here", textContent: words.move });
    here.onclick = () => this.move([...this.chosen], label);
    here.setAttribute("aria-label", `${words.move}: ${title}`);
    const head = element("div", { className: "head" }, [
      element("strong", { textContent: title }),
      element("span", { className: "number", textContent: inside.length }),
      here,
    ]);
    if (label) {
      const gone = element("button", { type: "button", className: "gone", textContent: "\u00d7" });
      gone.setAttribute("aria-label", words.removeClass.replace("{label}", label));
      gone.onclick = () => this.send("remove class", [], label);
      head.append(gone);
    }
    const cells = inside.map((one) => this.cell(one, title));
    const group = element("section", {}, [head, element("div", { className: "cells" }, cells)]);
    group.setAttribute("aria-label", title);
    group.ondragover = (event) => {
      event.preventDefault();
      group.classList.add("over");
    };
    group.ondragleave = () => group.classList.remove("over");
    group.ondrop = (event) => {
      event.preventDefault();
      group.classList.remove("over");
      this.move(this.dragged ?? [], label);
    };
    return group;
  }

  cell({ name, place }, title) {
    const { columns, words } = this.data;
    const cell = element("button", { type: "button", className: "cell picture", draggable: true });
    cell.dataset.name = name;
    cell.setAttribute("aria-label", words.picture.replace("{n}", place + 1).replace("{label}", title));
    setVariables(cell, { left: place % columns, top: Math.floor(place / columns) });
    cell.onclick = () => {
      if (!this.chosen.delete(name)) this.chosen.add(name);
      this.show();
    };
    cell.ondragstart = (event) => {
      this.dragged = this.chosen.has(name) ? [...this.chosen] : [name];
      event.dataTransfer.setData("text/plain", name); // Firefox drags nothing without data
    };
    return cell;
  }

  show() {
    const { words } = this.data;
    const count = this.chosen.size;
    for (const cell of this.root.querySelectorAll(".cell")) {
      cell.setAttribute("aria-pressed", this.chosen.has(cell.dataset.name));
    }
    this.root.querySelector(".chosen").textContent = count ? words.chosen.replace("{n}", count) : words.hint;
    this.root.querySelector(".remove").disabled = !count;
    for (const button of this.root.querySelectorAll(".here")) button.disabled = !count;
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".sorter");
  if (!sorters.has(root)) sorters.set(root, new Sorter(root));
  sorters.get(root).update(data, (message) => setTriggerValue("done", message));
}
