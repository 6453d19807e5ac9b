import assert from "node:assert/strict";
import { test } from "node:test";
import {
  frameIndex,
  isNamed,
  isOneHot,
  Locks,
  ranges,
  sameBut,
  searchWords,
} from "../../pages/components/vector/entries.js";

test("neighbouring entries are written as a range", () => {
  assert.equal(ranges([]), "");
  assert.equal(ranges([4]), "4");
  assert.equal(ranges([1, 2]), "1-2");
  assert.equal(ranges([7, 3, 10, 2, 1]), "1-3,7,10");
  assert.equal(ranges(new Set([99, 100, 101, 9])), "9,99-101");
});

test("ranges leave the entries as they were", () => {
  const entries = [3, 1, 2];
  ranges(entries);
  assert.deepEqual(entries, [3, 1, 2]);
});

test("vectors are compared in single precision, and one entry does not count", () => {
  const single = Math.fround(0.1);
  assert.notEqual(single, 0.1);
  assert.equal(sameBut(1, [0.1, 5], [single, 6]), true);
  assert.equal(sameBut(0, [0.1, 5], [single, 6]), false);
  assert.equal(sameBut(1, [0.1, 5], [single, 6, 7]), false);
});

test("a class is chosen when its weight is 1 and all others are 0", () => {
  assert.equal(isOneHot([0, 1, 0], 1), true);
  assert.equal(isOneHot([0, 1, 0], 0), false);
  assert.equal(isOneHot([0, 1, 0.25], 1), false);
  assert.equal(isOneHot([0, 0, 0], 0), false);
});

test("a search is split at spaces and at commas of either language", () => {
  assert.deepEqual(searchWords("  5, 12；Code 3、x  "), ["5", "12", "code", "3", "x"]);
  assert.deepEqual(searchWords(" , "), []);
});

test("a number finds one entry, letters find a part of the name", () => {
  assert.equal(isNamed("entry 1", "1"), true);
  assert.equal(isNamed("entry 12", "1"), false);
  assert.equal(isNamed("Code 1", "cod"), true);
});

test("the nearest frame is shown, and none outside of them", () => {
  assert.equal(frameIndex(-4, -4, 4, 81), 0);
  assert.equal(frameIndex(4, -4, 4, 81), 80);
  assert.equal(frameIndex(0.06, -4, 4, 81), 41); // the frames are 0.1 apart: 0.06 is nearer to 0.1 than to 0
  assert.equal(frameIndex(4.01, -4, 4, 81), null);
  assert.equal(frameIndex(-4.01, -4, 4, 81), null);
});

test("what the server says again does not undo a press that is on its way", () => {
  const locks = new Locks();
  assert.equal(locks.receive([1]), true);
  assert.equal(locks.toggle(2), true);
  assert.equal(locks.receive([1]), false);
  assert.deepEqual([...locks.entries], [1, 2]);
  assert.equal(locks.receive([1, 2, 3]), true);
  assert.equal(locks.toggle(1), false);
  assert.deepEqual([...locks.entries], [2, 3]);
});

test("after the controls were built anew everything that the server says counts", () => {
  const locks = new Locks();
  locks.receive([1]);
  locks.toggle(2);
  locks.forget();
  assert.equal(locks.receive([1]), true);
  assert.deepEqual([...locks.entries], [1]);
});
