// The browser half of vector_panel.py. Streamlit calls the default export after every answer of the server.

const PAUSE = 60; // ms between two edits sent
const PATIENCE = 1500; // ms after which an answer is no longer waited for
const ONE_GESTURE = 700; // ms within which key presses on one entry are undone together
const DWELL = 100; // ms after which a row under the pointer gets its frames

const panels = new WeakMap(); // root element -> Panel

class Panel {
  constructor(lab, data) {
    this.root = lab.querySelector(".panel");
    this.picture = new Picture(lab.querySelector(".view"), () => this.framesCame());
    this.layout = null;
    this.revision = null;
    this.values = [];
    this.count = data.received; // edits sent
    this.awaited = 0; // the edit that the server has yet to answer; 0: none
    this.sentAt = 0;
    this.dirty = false;
    this.timer = null;
    this.moving = null; // the entry whose slider is held
    this.hand = null; // the entry that the reader is at, and may move next
    this.dwell = null;
    this.asked = null; // what frames were last asked for
    this.looks = Date.now(); // so that no number comes twice, even if this panel replaces another
    this.gesture = `${Date.now()}.0`;
    this.gestures = 0;
    this.last = { entry: null, at: 0 };
    this.found = null;
    this.locked = new Set();
    this.locksSaid = null;
  }

  // What the server says

  update(data, setStateValue) {
    this.tell = setStateValue;
    const layout = JSON.stringify([data.names, data.groups, data.words]);
    if (layout !== this.layout) {
      this.layout = layout;
      this.build(data);
      this.revision = this.locksSaid = null;
    }
    if (data.revision !== this.revision) {
      this.revision = data.revision;
      this.values = data.vector;
      this.dirty = false;
      this.moving = null;
      this.rows.forEach((row, entry) => row.show(this.values[entry]));
      this.showClasses();
    }
    this.takeLocks(data.locked);
    if (data.received >= this.awaited) this.awaited = 0;
    this.send();
    const quiet = !this.dirty && !this.awaited && this.moving === null;
    this.picture.update(data.picture, data.words, quiet);
    this.picture.receive(data.frames);
    if (quiet) writeToUrl({ z: data.code, locked: ranges([...this.locked]) });
    if (data.focus && data.focus.number !== this.found) {
      this.found = data.focus.number;
      this.rows[data.focus.entry]?.find();
    }
    this.look(this.hand);
  }

  framesCame() {
    if (this.moving !== null) this.picture.show(this.moving, this.values);
  }

  takeLocks(locked) {
    const said = JSON.stringify(locked);
    if (said === this.locksSaid) return; // an answer to something else must not undo a press on the way
    this.locksSaid = said;
    this.locked = new Set(locked);
    this.rows.forEach((row, entry) => row.showLock(this.locked.has(entry)));
  }

  // What the reader does

  // While a slider moves nothing is sent: the frames are here.
  move(entry, value) {
    this.moving = entry;
    this.put(entry, value, this.rows[entry].slider);
  }

  letGo() {
    if (this.moving === null) return;
    const entry = this.moving;
    this.moving = null;
    this.noteGesture(entry);
    this.changed();
  }

  set(entry, value) {
    this.moving = null;
    this.noteGesture(entry);
    this.put(entry, value);
    this.changed();
  }

  put(entry, value, from = null) {
    this.values = this.values.with(entry, value);
    this.rows[entry].show(value, from);
    this.showClasses();
    this.picture.show(entry, this.values);
  }

  noteGesture(entry) {
    const now = performance.now();
    if (entry === null || entry !== this.last.entry || now - this.last.at > ONE_GESTURE) {
      this.gesture = `${Date.now()}.${++this.gestures}`;
    }
    this.last = { entry, at: now };
  }

  // Ask for the frames of an entry that may be moved next.
  look(entry) {
    this.hand = entry;
    if (entry === null || this.moving !== null || this.dirty || this.picture.has(entry, this.values)) return;
    if (this.asked?.entry === entry && this.asked.values === this.values) return;
    this.asked = { entry, values: this.values };
    this.tell("look", { entry, count: ++this.looks });
  }

  hover(entry) {
    clearTimeout(this.dwell);
    if (this.moving === null) this.dwell = setTimeout(() => this.look(entry), DWELL);
  }

  leave(entry) {
    clearTimeout(this.dwell);
    if (this.hand === entry && !this.rows[entry].node.matches(":hover, :focus-within")) this.hand = null;
  }

  toggleLock(entry) {
    if (!this.locked.delete(entry)) this.locked.add(entry);
    this.rows[entry].showLock(this.locked.has(entry));
    this.tell("locked", [...this.locked]);
  }

  setClass(group, chosen) {
    this.noteGesture(null);
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
    this.tell("edit", { vector: this.values, revision: this.revision, gesture: this.gesture, count: this.count });
  }

  // What there is to see

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
        return (this.rows[entry] = new Row(name, entry, group, words, this));
      });
      const nodes = rows.map((row) => row.node);
      if (group.labels.length) {
        this.root.prepend(this.classes(group, words));
        const list = element("div", { className: "rows" }, nodes);
        weights.push(element("details", {}, [element("summary", { textContent: words.weights }), list]));
      } else if (group.role === "code") {
        this.root.append(element("div", { className: "rows codes" }, [this.heading(group), ...nodes]));
      } else {
        if (group.title) noise.append(this.heading(group, rows));
        noise.append(...nodes);
        noiseRows.push(...rows);
      }
    }
    this.root.append(this.finder(noiseRows, noise, words), noise, ...weights);
    const longest = Math.max(...noiseRows.map((row) => row.name.length));
    this.root.style.setProperty("--name-width", `clamp(5.5rem, ${longest}ch, 9rem)`);
  }

  // rows: those that are found or not, with which the heading goes
  heading(group, rows = []) {
    const heading = element("p", { className: "heading", textContent: group.title });
    for (const row of rows) row.heading = heading;
    return heading;
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
      for (const row of rows) if (row.heading) row.heading.hidden = true;
      for (const row of rows) {
        row.node.hidden = wanted.length > 0 && !wanted.some((word) => row.answersTo(word));
        if (row.heading && !row.node.hidden) row.heading.hidden = false;
      }
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
  constructor(name, entry, group, words, panel) {
    this.name = name;
    this.group = group;
    this.slider = this.makeSlider(entry, panel);
    this.number = element("input", { type: "number", step: "any", inputMode: "decimal" });
    this.number.setAttribute("aria-label", words.value.replace("{name}", name));
    this.number.onchange = () => {
      const value = this.number.valueAsNumber;
      if (Number.isFinite(value)) panel.set(entry, Math.min(Math.max(value, -10000), 10000));
      else this.show(this.value); // nothing that could be read: what was there stays
    };

    this.marks = group.marks.map((mark) => {
      const label = String(mark).replace("-", "\u2212");
      const button = element("button", { type: "button", textContent: label });
      button.setAttribute("aria-label", `${name} = ${label}`);
      button.onclick = () => panel.set(entry, mark);
      return { mark, button };
    });
    this.lock = element("button", { type: "button", className: "lock", hidden: !group.lockable });
    this.lock.title = words.lock.replace("{name}", name);
    this.lock.setAttribute("aria-label", this.lock.title);
    this.lock.onclick = () => panel.toggleLock(entry);
    this.node = element("div", { className: "row" }, [
      element("span", { className: "name", textContent: name, title: name }),
      this.slider,
      this.number,
      element("span", { className: "marks" }, this.marks.map(({ button }) => button)),
      this.lock,
    ]);
    this.node.onpointerenter = () => panel.hover(entry);
    this.node.onpointerleave = () => panel.leave(entry);
    this.node.addEventListener("focusin", () => panel.look(entry));
    this.node.addEventListener("focusout", () => panel.leave(entry));
  }

  // The end of a movement is the release of the pointer or of the key; browsers report "change" at every key press.
  makeSlider(entry, panel) {
    const { low: min, high: max, step } = this.group;
    const slider = element("input", { type: "range", min, max, step });
    slider.setAttribute("aria-label", this.name);
    let keyHeld = false;
    const letGo = () => {
      keyHeld = false;
      panel.letGo();
    };
    slider.onpointerdown = () => panel.look(entry); // a finger does not hover first
    slider.oninput = () => panel.move(entry, Number(slider.value));
    slider.onchange = () => keyHeld || letGo();
    slider.onkeydown = () => {
      keyHeld = true;
      panel.look(entry);
    };
    slider.onkeyup = slider.onblur = slider.onpointercancel = letGo;
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

// Entries as text: [1, 2, 3, 7] -> "1-3,7"
function ranges(entries) {
  const runs = [];
  for (const entry of entries.sort((one, other) => one - other)) {
    if (runs.at(-1)?.[1] === entry - 1) runs.at(-1)[1] = entry;
    else runs.push([entry, entry]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}

export default function ({ data, parentElement, setStateValue }) {
  const lab = parentElement.querySelector(".lab");
  if (!panels.has(lab)) panels.set(lab, new Panel(lab, data));
  const panel = panels.get(lab);
  panel.update(data, setStateValue);
  return () => {
    if (lab.isConnected) return;
    clearTimeout(panel.timer);
    clearTimeout(panel.dwell);
  };
}
