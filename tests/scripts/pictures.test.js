import assert from "node:assert/strict";
import { test } from "node:test";
import { nextFrame } from "../../pages/components/player.js";
import { stepOf } from "../../pages/components/shared/cells.js";
import { wholeScale } from "../../pages/components/shared/dom.js";
import { picturesInRow, placeOf } from "../../pages/components/timeline.js";

test("a picture is enlarged by a whole number of screen pixels for each of its own", () => {
  assert.equal(wholeScale(100, 28, 1), 3);
  assert.equal(wholeScale(100, 28, 2), 3.5); // 7 pixels of a screen that has two for each CSS pixel
  assert.equal(wholeScale(10, 28, 1), 1); // never less than one
  assert.equal(wholeScale(10, 28, 2), 0.5);
});

test("the null step follows the newest; a step that is gone gives its place to the nearest", () => {
  const steps = [0, 100, 400];
  assert.equal(placeOf(null, steps), 2);
  assert.equal(placeOf(100, steps), 1);
  assert.equal(placeOf(249, steps), 1);
  assert.equal(placeOf(251, steps), 2);
  assert.equal(placeOf(250, steps), 1); // the earlier of two that are as near
});

test("pictures that do not fit beside each other stand in two rows", () => {
  assert.equal(picturesInRow(928, 8, 112), 8);
  assert.equal(picturesInRow(927, 8, 112), 4);
  assert.equal(picturesInRow(200, 1, 280), 1);
});

test("an animation begins again after its last frame", () => {
  const film = { rate: 10, count: 20 };
  assert.equal(nextFrame(3, 250, film), 5.5);
  assert.equal(nextFrame(19.5, 100, film), 0.5);
});

test("arrow keys move by one picture or by one row", () => {
  assert.equal(stepOf("ArrowLeft", 8), -1);
  assert.equal(stepOf("ArrowDown", 8), 8);
  assert.equal(stepOf("Enter", 8), undefined);
});
