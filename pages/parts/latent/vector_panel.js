// The browser half of latent_panel.py. Streamlit calls the default export after every answer of the server.

const PAUSE = 60; // ms between two edits sent
const PATIENCE = 1500; // ms after which an answer is no longer waited for
const ONE_GESTURE = 700; // ms within which key presses on one entry are undone together

const panels = new WeakMap(); // root element -> Panel

class Panel {
  constructor(root, data) {
    this.root = root;
    this.layout = null;
    this.revision = null;
    this.values = [];
    this.count = data.received; // edits sent
    this.awaited = 0; // the edit that the server has yet to answer; 0: none
    this.sentAt = 0;
    this.dirty = false;
    this.timer = null;
    this.gesture = `${Date.now()}.0`;
    this.gestures = 0;
    this.last = { entry: null, at: 0, ended: true };
    this.focused = null;
  }

  // What the server says

  update(data, setStateValue) {
    this.report = (edit) => setStateValue("edit", edit);
    const layout = JSON.stringify([data.names, data.groups, data.words]);
    if (layout !== this.layout) {
      this.layout = layout;
      this.build(data);
      this.revision = null;
    }
    if (data.revision !== this.revision) {
      this.revision = data.revision;
      this.values = data.vector;
      this.dirty = false;
      this.rows.forEach((row, entry) => row.show(this.values[entry]));
      this.showClasses();
    }
    if (data.received >= this.awaited) this.awaited = 0;
    this.send();
    if (!this.dirty && !this.awaited && this.last.ended) writeToUrl(data.code);
    if (data.focus && data.focus.number !== this.focused) {
      this.focused = data.focus.number;
      this.rows[data.focus.entry]?.find();
    }
  }

  // What the reader does

  set(entry, value, { from, ended }) {
    const now = performance.now();
    const continued = entry === this.last.entry && (!this.last.ended || now - this.last.at < ONE_GESTURE);
    if (!continued) this.gesture = `${Date.now()}.${++this.gestures}`;
    this.last = { entry, at: now, ended };
    this.values = this.values.with(entry, value);
    this.rows[entry].show(value, from);
    this.showClasses();
    this.changed();
  }

  setClass(group, chosen) {
    this.gesture = `${Date.now()}.${++this.gestures}`;
    this.last = { entry: null, at: 0, ended: true };
    for (let index = 0; index < group.size; index++) {
      const entry = group.first + index;
      this.values = this.values.with(entry, index === chosen ? 1 : 0);
      this.rows[entry].show(this.values[entry]);
    }
    this.showClasses();
    this.changed();
  }

  changed() {
    this.dirty = true;
    this.send();
  }

  // One edit is under way at a time: a server that is slower than the hand gets fewer edits, not a queue of them.
  send() {
    if (!this.dirty) return;
    clearTimeout(this.timer);
    const now = performance.now();
    const due = this.sentAt + (this.awaited ? PATIENCE : PAUSE);
    if (now < due) {
      this.timer = setTimeout(() => this.send(), due - now);
      return;
    }
    this.dirty = false;
    this.sentAt = now;
    this.awaited = ++this.count;
    this.report({ vector: this.values, revision: this.revision, gesture: this.gesture, count: this.count });
  }

  // What there is to see

  build({ names, groups, words }) {
    this.rows = [];
    this.classButtons = [];
    this.root.replaceChildren();
    for (const group of groups) {
      const entries = names.slice(group.first, group.first + group.size).map((name, index) => {
        const entry = group.first + index;
        const row = new Row(name, group, words, (value, how) => this.set(entry, value, how));
        this.rows[entry] = row;
        return row;
      });
      const list = element("div", { className: "rows" }, entries.map((row) => row.node));
      if (group.labels.length) {
        this.root.prepend(this.classes(group, words));
        this.root.append(element("details", {}, [element("summary", { textContent: words.weights }), list]));
      } else {
        this.root.append(this.finder(entries, list, words), list);
      }
    }
  }

  classes(group, words) {
    const buttons = group.labels.map((label, index) =>
      element("button", { type: "button", textContent: label, onclick: () => this.setClass(group, index) }),
    );
    this.classButtons.push({ group, buttons });
    const box = element("div", { className: "classes", role: "group" }, [
      element("span", { textContent: words.class }),
      ...buttons,
    ]);
    box.setAttribute("aria-label", words.class);
    return box;
  }

  finder(rows, list, words) {
    const empty = element("p", { className: "empty", textContent: words.none, hidden: true });
    list.append(empty);
    const field = element("input", { type: "search", className: "find", placeholder: words.find });
    field.setAttribute("aria-label", words.find);
    field.oninput = () => {
      const wanted = field.value.trim().toLowerCase().split(/[\s,;，；、]+/).filter(Boolean);
      for (const row of rows) row.node.hidden = wanted.length > 0 && !wanted.some((word) => row.answersTo(word));
      empty.hidden = rows.some((row) => !row.node.hidden);
    };
    return field;
  }

  showClasses() {
    for (const { group, buttons } of this.classButtons) {
      const weights = this.values.slice(group.first, group.first + group.size);
      buttons.forEach((button, index) => {
        const pure = weights.every((weight, other) => weight === (other === index ? 1 : 0));
        button.setAttribute("aria-pressed", String(pure));
      });
    }
  }
}

class Row {
  constructor(name, group, words, onSet) {
    this.name = name;
    this.group = group;
    const limits = { min: group.low, max: group.high, step: group.step };
    this.slider = element("input", { type: "range", ...limits });
    this.slider.setAttribute("aria-label", name);
    this.slider.oninput = () => onSet(Number(this.slider.value), { from: this.slider, ended: false });
    this.slider.onchange = () => onSet(Number(this.slider.value), { from: this.slider, ended: true });

    this.number = element("input", { type: "number", step: "any", inputMode: "decimal" });
    this.number.setAttribute("aria-label", words.value.replace("{name}", name));
    this.number.onchange = () => {
      const value = this.number.valueAsNumber;
      if (Number.isFinite(value)) onSet(Math.min(Math.max(value, -10000), 10000), { ended: true });
      else this.show(this.value); // nothing that could be read: what was there stays
    };

    this.marks = group.marks.map((mark) => {
      const label = String(mark).replace("-", "\u2212");
      const button = element("button", { type: "button", textContent: label });
      button.setAttribute("aria-label", `${name} = ${label}`);
      button.onclick = () => onSet(mark, { ended: true });
      return { mark, button };
    });
    this.node = element("div", { className: "row" }, [
      element("span", { className: "name", textContent: name, title: name }),
      this.slider,
      this.number,
      element("span", { className: "marks" }, this.marks.map(({ button }) => button)),
    ]);
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

  answersTo(word) {
    return /^\d+$/.test(word) ? this.name.split(" ").includes(word) : this.name.toLowerCase().includes(word);
  }

  find() {
    const list = this.node.parentElement;
    list.closest("details")?.setAttribute("open", "");
    list.scrollTop = this.node.offsetTop - list.offsetTop - list.clientHeight / 3;
    this.node.classList.add("found");
    this.slider.focus({ preventScroll: true });
  }
}

function element(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// In place: an edit is no page of the browser's history.
function writeToUrl(code) {
  const url = new URL(window.location.href);
  if (url.searchParams.get("z") === code) return;
  url.searchParams.set("z", code);
  window.history.replaceState(window.history.state, "", url);
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".panel");
  if (!panels.has(root)) panels.set(root, new Panel(root, data));
  const panel = panels.get(root);
  panel.update(data, setStateValue);
  return () => {
    if (!root.isConnected) clearTimeout(panel.timer);
  };
}
