// The browser half of panel.py. Streamlit calls the default export after every answer of the server.

import { writeToUrl } from "../shared/dom.js";
import { Controls } from "./controls.js";
import { Locks, ranges } from "./entries.js";
import { Picture } from "./picture.js";
import { EditQueue, FrameRequests, Gestures } from "./requests.js";

const DWELL = 100; // ms after which a row under the pointer gets its frames

const panels = new WeakMap(); // root element -> Panel

// Holds the vector between the controls, the picture and the server.
class Panel {
  constructor(lab, data) {
    this.picture = new Picture(lab.querySelector(".view"), () => this.showFrame());
    this.controls = new Controls(lab.querySelector(".panel"), this);
    this.edits = new EditQueue(data.received, (count) => this.sendEdit(count));
    this.frames = new FrameRequests((request) => this.setState("look", request));
    this.gestures = new Gestures();
    this.locks = new Locks();
    this.layout = null; // what the controls were built from
    this.revision = null; // of the vector that the server sent last
    this.values = [];
    this.moving = null; // the entry whose slider is held
    this.hand = null; // the entry that the reader is at, and may move next
    this.dwell = null; // timer
    this.found = null; // the number of the last entry that was scrolled to
  }

  // From the server

  update(data, setStateValue) {
    this.setState = setStateValue;
    this.takeLayout(data);
    this.takeVector(data);
    if (this.locks.receive(data.locked)) this.controls.showLocks(this.locks.entries);
    this.edits.answered(data.received);
    const quiet = this.edits.isIdle && this.moving === null;
    this.picture.update(data.picture, data.words, quiet);
    this.picture.receive(data.frames);
    if (quiet) writeToUrl({ z: data.code, locked: ranges(this.locks.entries) });
    if (data.focus && data.focus.number !== this.found) {
      this.found = data.focus.number;
      this.controls.rows[data.focus.entry]?.find();
    }
    this.look(this.hand);
  }

  takeLayout({ names, groups, words }) {
    const layout = JSON.stringify([names, groups, words]);
    if (layout === this.layout) return;
    this.layout = layout;
    this.controls.build({ names, groups, words });
    this.revision = null;
    this.locks.forget();
  }

  takeVector({ revision, vector }) {
    if (revision === this.revision) return;
    this.revision = revision;
    this.values = vector;
    this.edits.drop();
    this.moving = null;
    this.controls.show(vector);
  }

  sendEdit(count) {
    const { values, revision, gestures } = this;
    this.setState("edit", { vector: values, revision, gesture: gestures.current, count });
  }

  // From the reader

  // While a slider moves nothing is sent: the frames are here.
  move(entry, value) {
    this.moving = entry;
    this.put(entry, value, this.controls.rows[entry].slider);
  }

  release() {
    if (this.moving === null) return;
    this.gestures.note(this.moving);
    this.moving = null;
    this.edits.change();
  }

  set(entry, value) {
    this.moving = null;
    this.gestures.note(entry);
    this.put(entry, value);
    this.edits.change();
  }

  setClass(group, chosen) {
    this.gestures.note(null);
    this.values = this.values.map((value, entry) => {
      const index = entry - group.first;
      return index < 0 || index >= group.size ? value : Number(index === chosen);
    });
    this.controls.show(this.values);
    this.edits.change();
  }

  put(entry, value, slider = null) {
    this.values = this.values.with(entry, value);
    this.controls.showEntry(entry, this.values, slider);
    this.picture.show(entry, this.values);
  }

  toggleLock(entry) {
    this.controls.rows[entry].showLock(this.locks.toggle(entry));
    this.setState("locked", [...this.locks.entries]);
  }

  // Frames for what may be moved next

  look(entry) {
    this.hand = entry;
    if (entry === null || this.moving !== null || this.edits.isWaiting || this.picture.has(entry, this.values)) return;
    this.frames.ask(entry, this.values);
  }

  hover(entry) {
    clearTimeout(this.dwell);
    if (this.moving === null) this.dwell = setTimeout(() => this.look(entry), DWELL);
  }

  leave(entry) {
    clearTimeout(this.dwell);
    if (this.hand === entry && !this.controls.rows[entry].node.matches(":hover, :focus-within")) this.hand = null;
  }

  showFrame() {
    if (this.moving !== null) this.picture.show(this.moving, this.values);
  }

  close() {
    this.edits.close();
    clearTimeout(this.dwell);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const lab = parentElement.querySelector(".lab");
  if (!panels.has(lab)) panels.set(lab, new Panel(lab, data));
  const panel = panels.get(lab);
  panel.update(data, setStateValue);
  return () => {
    if (!lab.isConnected) panel.close();
  };
}
