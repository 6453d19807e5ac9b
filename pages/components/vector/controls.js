// The controls of a vector: a row for each entry, buttons for classes, and a field that finds entries.
//
// What the reader does goes to `actions`: `move` while a slider is held and `release` at its end, `set`, `setClass`,
// `toggleLock`; `look` when an entry may be moved next, `hover` and `leave` with the pointer.

import { element } from "../shared/dom.js";
import { isNamed, isOneHot, searchWords } from "./entries.js";

const MAX_VALUE = 10000; // of a number that is typed

export class Controls {
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    this.rows = [];
    this.classButtons = [];
  }

  // Buttons for classes, then codes, then all noise in one list with a finder, then the weights behind the buttons.
  build({ names, groups, words }) {
    this.rows = [];
    this.classButtons = [];
    this.root.replaceChildren();
    const noise = element("div", { className: "rows" });
    const noiseRows = [];
    const weights = [];
    for (const group of groups) {
      const rows = names.slice(group.first, group.first + group.size).map((name, index) => {
        const entry = group.first + index;
        this.rows[entry] = new Row(name, entry, group, words, this.actions);
        return this.rows[entry];
      });
      const nodes = rows.map((row) => row.node);
      if (group.labels.length) {
        this.root.prepend(this.makeClasses(group, words));
        const list = element("div", { className: "rows" }, nodes);
        weights.push(element("details", {}, [element("summary", { textContent: words.weights }), list]));
      } else if (group.role === "code") {
        this.root.append(element("div", { className: "rows codes" }, [makeHeading(group), ...nodes]));
      } else {
        if (group.title) noise.append(makeHeading(group, rows));
        noise.append(...nodes);
        noiseRows.push(...rows);
      }
    }
    this.root.append(makeFinder(noiseRows, noise, words), noise, ...weights);
    const longest = Math.max(...noiseRows.map((row) => row.name.length));
    this.root.style.setProperty("--name-width", `clamp(5.5rem, ${longest}ch, 9rem)`);
  }

  makeClasses(group, words) {
    const buttons = group.labels.map((label, index) =>
      element("button", { type: "button", textContent: label, onclick: () => this.actions.setClass(group, index) }),
    );
    this.classButtons.push({ group, buttons });
    const box = element("div", { className: "classes", role: "group" }, [
      element("span", { textContent: words.class }),
      ...buttons,
    ]);
    box.setAttribute("aria-label", words.class);
    return box;
  }

  show(values) {
    this.rows.forEach((row, entry) => row.show(values[entry]));
    this.showClasses(values);
  }

  // slider: the one that the value comes from, if any
  showEntry(entry, values, slider = null) {
    this.rows[entry].show(values[entry], slider);
    this.showClasses(values);
  }

  showClasses(values) {
    for (const { group, buttons } of this.classButtons) {
      const weights = values.slice(group.first, group.first + group.size);
      buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(isOneHot(weights, index))));
    }
  }

  showLocks(locked) {
    this.rows.forEach((row, entry) => row.showLock(locked.has(entry)));
  }
}

// rows: those with which the heading is hidden by a search
function makeHeading(group, rows = []) {
  const heading = element("p", { className: "heading", textContent: group.title });
  for (const row of rows) row.heading = heading;
  return heading;
}

function makeFinder(rows, list, words) {
  const empty = element("p", { className: "empty", textContent: words.none, hidden: true });
  list.append(empty);
  const field = element("input", { type: "search", className: "find", placeholder: words.find });
  field.setAttribute("aria-label", words.find);
  field.oninput = () => {
    const wanted = searchWords(field.value);
    for (const row of rows) if (row.heading) row.heading.hidden = true;
    for (const row of rows) {
      row.node.hidden = wanted.length > 0 && !wanted.some((word) => isNamed(row.name, word));
      if (row.heading && !row.node.hidden) row.heading.hidden = false;
    }
    empty.hidden = rows.some((row) => !row.node.hidden);
  };
  return field;
}

// One entry: its name, a slider, a number, buttons for round values, and a lock.
class Row {
  constructor(name, entry, group, words, actions) {
    this.name = name;
    this.group = group;
    this.slider = this.makeSlider(entry, actions);
    this.number = element("input", { type: "number", step: "any", inputMode: "decimal" });
    this.number.setAttribute("aria-label", words.value.replace("{name}", name));
    this.number.onchange = () => {
      const value = this.number.valueAsNumber;
      if (Number.isFinite(value)) actions.set(entry, Math.min(Math.max(value, -MAX_VALUE), MAX_VALUE));
      else this.show(this.value); // nothing that could be read: what was there stays
    };

    this.marks = group.marks.map((mark) => {
      const label = String(mark).replace("-", "\u2212");
      const button = element("button", { type: "button", textContent: label });
      button.setAttribute("aria-label", `${name} = ${label}`);
      button.onclick = () => actions.set(entry, mark);
      return { mark, button };
    });
    this.lock = element("button", { type: "button", className: "lock", hidden: !group.lockable });
    this.lock.title = words.lock.replace("{name}", name);
    this.lock.setAttribute("aria-label", this.lock.title);
    this.lock.onclick = () => actions.toggleLock(entry);
    this.node = element("div", { className: "row" }, [
      element("span", { className: "name", textContent: name, title: name }),
      this.slider,
      this.number,
      element(
        "span",
        { className: "marks" },
        this.marks.map(({ button }) => button),
      ),
      this.lock,
    ]);
    this.node.onpointerenter = () => actions.hover(entry);
    this.node.onpointerleave = () => actions.leave(entry);
    this.node.addEventListener("focusin", () => actions.look(entry));
    this.node.addEventListener("focusout", () => actions.leave(entry));
  }

  // The end of a movement is the release of the pointer or of the key; browsers report "change" at every key press.
  makeSlider(entry, actions) {
    const { low: min, high: max, step } = this.group;
    const slider = element("input", { type: "range", min, max, step });
    slider.setAttribute("aria-label", this.name);
    let keyHeld = false;
    const release = () => {
      keyHeld = false;
      actions.release();
    };
    slider.onpointerdown = () => actions.look(entry); // a finger does not hover first
    slider.oninput = () => actions.move(entry, Number(slider.value));
    slider.onchange = () => keyHeld || release();
    slider.onkeydown = () => {
      keyHeld = true;
      actions.look(entry);
    };
    slider.onkeyup = slider.onblur = slider.onpointercancel = release;
    return slider;
  }

  show(value, from = null) {
    this.value = value;
    if (from !== this.slider) this.slider.value = value;
    const { low, high } = this.group;
    const place = (number) => `${(100 * (Math.min(Math.max(number, low), high) - low)) / (high - low)}%`;
    this.slider.style.setProperty("--zero", place(0));
    this.slider.style.setProperty("--from", place(Math.min(value, 0)));
    this.slider.style.setProperty("--to", place(Math.max(value, 0)));
    this.number.value = Number(value.toFixed(2));
    for (const { mark, button } of this.marks) button.setAttribute("aria-pressed", String(mark === value));
  }

  showLock(locked) {
    this.lock.setAttribute("aria-pressed", String(locked));
    this.node.classList.toggle("locked", locked);
  }

  // Scroll to it and put the focus on its slider.
  find() {
    const list = this.node.parentElement;
    list.closest("details")?.setAttribute("open", "");
    list.scrollTop = this.node.offsetTop - list.offsetTop - list.clientHeight / 3;
    this.node.classList.add("found");
    this.slider.focus({ preventScroll: true });
  }
}
