// What the panel of a vector asks of the server, and when. The document is not needed here, and time is a parameter.

export const PAUSE = 60; // ms between two edits sent
export const PATIENCE = 1500; // ms after which an answer is no longer waited for
export const ONE_GESTURE = 700; // ms within which key presses on one entry are undone together

const BROWSER_CLOCK = {
  now: () => performance.now(),
  after: (delay, call) => setTimeout(call, delay),
  cancel: (timer) => clearTimeout(timer),
};

// Sends changes. One edit is under way at a time: a server that is slower than the hand gets fewer edits, not a queue.
export class EditQueue {
  // received: the number of the last edit that the server knows; send: called with the number of an edit
  constructor(received, send, clock = BROWSER_CLOCK) {
    this.send = send;
    this.clock = clock;
    this.count = received; // edits sent
    this.awaited = 0; // the edit that the server has yet to answer; 0: none
    this.sentAt = 0;
    this.isWaiting = false; // whether a change has yet to be sent
    this.timer = null;
  }

  get isIdle() {
    return !this.isWaiting && !this.awaited;
  }

  change() {
    this.isWaiting = true;
    this.flush();
  }

  // received: the number of the last edit that the server knows
  answered(received) {
    if (received >= this.awaited) this.awaited = 0;
    this.flush();
  }

  // What was not sent yet is out of date.
  drop() {
    this.isWaiting = false;
  }

  flush() {
    if (!this.isWaiting) return;
    this.clock.cancel(this.timer);
    const now = this.clock.now();
    const due = this.sentAt + (this.awaited ? PATIENCE : PAUSE);
    if (now < due) {
      this.timer = this.clock.after(due - now, () => this.flush());
      return;
    }
    this.isWaiting = false;
    this.sentAt = now;
    this.awaited = ++this.count;
    this.send(this.count);
  }

  close() {
    this.clock.cancel(this.timer);
  }
}

// Names gestures; the edits of one gesture, such as a drag or a held key, are undone together.
export class Gestures {
  constructor(clock = BROWSER_CLOCK) {
    this.clock = clock;
    this.session = Date.now(); // so that no name comes twice, even if this panel replaces another
    this.number = 0;
    this.entry = null;
    this.at = 0;
  }

  // entry: the one that changes; null if several do, which always is a gesture of its own
  note(entry) {
    const now = this.clock.now();
    if (entry === null || entry !== this.entry || now - this.at > ONE_GESTURE) this.number += 1;
    this.entry = entry;
    this.at = now;
  }

  get current() {
    return `${this.session}.${this.number}`;
  }
}

// Asks for the frames of an entry, once for each vector.
export class FrameRequests {
  constructor(send) {
    this.send = send;
    this.count = Date.now(); // so that no number comes twice, even if this panel replaces another
    this.last = null;
  }

  ask(entry, values) {
    if (this.last?.entry === entry && this.last.values === values) return;
    this.last = { entry, values };
    this.send({ entry, count: ++this.count });
  }
}
