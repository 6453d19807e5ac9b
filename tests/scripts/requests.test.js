import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EditQueue,
  FrameRequests,
  Gestures,
  ONE_GESTURE,
  PATIENCE,
  PAUSE,
} from "../../pages/components/vector/requests.js";

// A clock that only moves when it is told to. Timers that are due run when it passes them.
class Clock {
  constructor() {
    this.time = 10_000;
    this.timers = [];
  }

  now = () => this.time;

  after = (delay, call) => {
    const timer = { at: this.time + delay, call };
    this.timers.push(timer);
    return timer;
  };

  cancel = (timer) => {
    this.timers = this.timers.filter((other) => other !== timer);
  };

  pass(duration) {
    this.time += duration;
    const due = this.timers.filter((timer) => timer.at <= this.time);
    this.timers = this.timers.filter((timer) => timer.at > this.time);
    for (const timer of due) timer.call();
  }
}

function queue(received = 0) {
  const sent = [];
  const clock = new Clock();
  return { sent, clock, edits: new EditQueue(received, (count) => sent.push(count), clock) };
}

test("a change is sent at once, with the next number", () => {
  const { sent, edits } = queue(7);
  assert.equal(edits.isIdle, true);
  edits.change();
  assert.deepEqual(sent, [8]);
  assert.equal(edits.isWaiting, false);
  assert.equal(edits.isIdle, false); // its answer has yet to come
});

test("changes while an edit is under way become one edit, after its answer", () => {
  const { sent, clock, edits } = queue();
  edits.change();
  clock.pass(PAUSE);
  edits.change();
  edits.change();
  assert.deepEqual(sent, [1]);
  edits.answered(1);
  assert.deepEqual(sent, [1, 2]);
});

test("between two edits there is a pause, however quick the answer", () => {
  const { sent, clock, edits } = queue();
  edits.change();
  edits.answered(1);
  edits.change();
  assert.deepEqual(sent, [1]);
  clock.pass(PAUSE - 1);
  assert.deepEqual(sent, [1]);
  clock.pass(1);
  assert.deepEqual(sent, [1, 2]);
});

test("an answer to an earlier edit is not the one that is awaited", () => {
  const { sent, clock, edits } = queue();
  edits.change();
  clock.pass(PAUSE);
  edits.change();
  edits.answered(0);
  assert.deepEqual(sent, [1]);
});

test("an answer that never comes is not waited for for ever", () => {
  const { sent, clock, edits } = queue();
  edits.change();
  edits.change();
  clock.pass(PATIENCE - 1);
  assert.deepEqual(sent, [1]);
  clock.pass(1);
  assert.deepEqual(sent, [1, 2]);
});

test("what the server has replaced is not sent", () => {
  const { sent, clock, edits } = queue();
  edits.change();
  edits.change();
  edits.drop();
  edits.answered(1);
  clock.pass(PATIENCE);
  assert.deepEqual(sent, [1]);
  assert.equal(edits.isIdle, true);
});

test("a panel that is closed sends nothing more", () => {
  const { sent, clock, edits } = queue();
  edits.change();
  edits.change();
  edits.close();
  clock.pass(10 * PATIENCE);
  assert.deepEqual(sent, [1]);
});

test("key presses on one entry, one soon after the other, are one gesture", () => {
  const clock = new Clock();
  const gestures = new Gestures(clock);
  const names = [];
  const note = (entry) => {
    gestures.note(entry);
    names.push(gestures.current);
  };
  note(3);
  clock.pass(ONE_GESTURE);
  note(3);
  assert.equal(names[0], names[1]);
  clock.pass(ONE_GESTURE + 1);
  note(3);
  note(4);
  note(null);
  note(null);
  assert.equal(new Set(names).size, 5);
});

test("the frames of an entry are asked for once for each vector", () => {
  const asked = [];
  const frames = new FrameRequests((request) => asked.push(request));
  const [values, others] = [[1], [1]];
  frames.ask(0, values);
  frames.ask(0, values);
  frames.ask(1, values);
  frames.ask(1, others);
  assert.deepEqual(
    asked.map(({ entry }) => entry),
    [0, 1, 1],
  );
  const first = asked[0].count;
  assert.deepEqual(
    asked.map(({ count }) => count - first),
    [0, 1, 2],
  );
});
