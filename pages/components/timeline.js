// The browser half of timeline.py.

import { element, setVariables, wholeScale } from "./shared/dom.js";

const PAUSE = 160; // ms between two steps while it plays
const LARGE = 280; // CSS pixels of one picture that stands alone
const SMALL = 112; // CSS pixels of one picture of several
const GAP = 4; // CSS pixels between two
const strips = new WeakMap(); // root element -> Strip

// The place of a step in the row, or of the nearest one that is left; the last place for null, which follows the newest.
export function placeOf(wanted, steps) {
  if (wanted === null) return steps.length - 1;
  const distances = steps.map((step) => Math.abs(step - wanted));
  return distances.indexOf(Math.min(...distances));
}

// How many of the pictures stand beside each other: all, or half of them where one would otherwise stand alone.
export function picturesInRow(room, count, size) {
  return room < count * (size + GAP) ? Math.ceil(count / 2) : count;
}

class Strip {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.step = null; // the step that is shown; null follows the newest
    this.count = 0; // moves sent to the server
    this.timer = null;
    const slider = this.find("input");
    slider.oninput = () => this.go(Number(slider.value));
    slider.onchange = () => this.report();
    slider.onpointerdown = () => this.stop();
    this.find(".play").onclick = () => (this.timer ? this.stop() : this.play());
    const strip = this.find(".strip");
    strip.onclick = (event) => {
      const { left, width } = strip.getBoundingClientRect();
      const index = Math.floor(((event.clientX - left) / width) * this.data.steps.length);
      this.stop();
      this.go(Math.max(0, Math.min(index, this.data.steps.length - 1)));
      this.report();
    };
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(root);
  }

  update(data, send) {
    const first = !this.data;
    if (first) this.count = data.received;
    // An answer to an earlier move must not undo a later one.
    if (first || (data.received === this.count && !this.timer)) this.step = data.step;
    this.data = data;
    this.send = send;
    const { words } = data;
    this.find("input").max = data.steps.length - 1;
    this.find("input").setAttribute("aria-label", words.slider);
    this.find(".play").textContent = this.timer ? words.stop : words.play;
    const { width, height, vectors, steps, sprite } = data;
    setVariables(this.root, { width, height, vectors, columns: steps.length, sprite: `url("${sprite}")` });
    this.build();
    this.fit();
    this.show();
  }

  build() {
    const now = this.find(".now");
    while (now.children.length > this.data.vectors) now.lastChild.remove();
    while (now.children.length < this.data.vectors) {
      const picture = element("div", { className: "picture" });
      setVariables(picture, { top: now.children.length });
      now.append(picture);
    }
  }

  fit() {
    if (!this.data) return;
    const { width, vectors, steps } = this.data;
    const room = this.root.clientWidth;
    const wanted = vectors === 1 ? LARGE : SMALL;
    const inRow = picturesInRow(room, vectors, wanted);
    const each = room / inRow - GAP;
    const inStrip = (room - 6) / steps.length;
    setVariables(this.root, {
      "in-row": inRow,
      scale: wholeScale(Math.min(wanted, each), width),
      small: Math.max(1, wholeScale(Math.min(inStrip, 64), width)),
    });
  }

  get index() {
    return placeOf(this.step, this.data.steps);
  }

  go(index) {
    const { steps } = this.data;
    this.step = index === steps.length - 1 ? null : steps[index];
    this.show();
  }

  show() {
    const { steps, words } = this.data;
    const index = this.index;
    const step = steps[index].toLocaleString();
    const slider = this.find("input");
    slider.value = index;
    slider.setAttribute("aria-valuetext", words.step.replace("{n}", step));
    this.find("output").textContent = words.step.replace("{n}", step);
    this.find(".now").setAttribute("aria-label", words.now.replace("{n}", step));
    setVariables(this.root, { left: index });
    this.reveal(index);
  }

  // Where the strip is wider than the screen, the present step stays in sight.
  reveal(index) {
    const frame = this.find(".frame");
    if (frame.scrollWidth <= frame.clientWidth) return;
    const column = frame.scrollWidth / this.data.steps.length;
    frame.scrollLeft = (index + 0.5) * column - frame.clientWidth / 2;
  }

  report() {
    this.count += 1;
    this.send({ count: this.count, step: this.step });
  }

  play() {
    const last = this.data.steps.length - 1;
    if (this.index === last) this.go(0);
    this.find(".play").textContent = this.data.words.stop;
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.index >= this.data.steps.length - 1) this.stop();
      else this.go(this.index + 1);
    }, PAUSE);
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.find(".play").textContent = this.data.words.play;
    if (this.root.isConnected) this.report();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".time");
  if (!strips.has(root)) strips.set(root, new Strip(root));
  strips.get(root).update(data, (move) => setStateValue("moved", move));
  return () => {
    if (root.isConnected) return; // also called for an update that a newer one overtook
    const strip = strips.get(root);
    clearInterval(strip.timer);
    strip.observer.disconnect();
  };
}
