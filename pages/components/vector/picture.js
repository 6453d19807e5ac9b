// The picture of a vector, which follows a slider by itself.

import { element } from "../shared/dom.js";
import { frameIndex, sameBut } from "./entries.js";

export class Picture {
  constructor(figure, onFrames) {
    this.figure = figure;
    this.onFrames = onFrames; // called when frames have come
    this.frames = null;
    this.latest = null; // frames that have come, or are being decoded
    this.image = element("img");
    this.canvas = element("canvas", { hidden: true });
    this.canvas.setAttribute("aria-hidden", "true");
    this.score = element("p");
    this.length = element("p");
    this.likely = element("p");
    this.marker = element("span");
    const scale = element("div", { className: "scale" }, [this.marker]);
    this.summary = element("summary");
    this.help = element("p");
    const facts = element("figcaption", {}, [
      this.score,
      this.length,
      scale,
      this.likely,
      element("details", {}, [this.summary, this.help]),
    ]);
    figure.replaceChildren(element("div", { className: "picture" }, [this.image, this.canvas]), facts);
  }

  // The picture as the server drew it. quiet: it is the picture of the vector as it is now, so no frame need hide it.
  update(picture, words, quiet) {
    this.figure.style.setProperty("--side", `${picture.side}px`);
    this.image.alt = picture.alt;
    this.summary.textContent = words.facts;
    this.help.textContent = words.help;
    this.quiet = quiet;
    if (this.canvas.width !== picture.size) this.canvas.width = this.canvas.height = picture.size;
    if (this.image.getAttribute("src") !== picture.src) this.image.src = picture.src;
    if (!quiet && !this.canvas.hidden) return;
    this.describe(picture.facts);
    // Only once it can be painted: otherwise the picture before it would flash up.
    this.image
      .decode()
      .catch(() => {})
      .then(() => {
        if (this.quiet) this.canvas.hidden = true;
      });
  }

  receive(frames) {
    const { entry, vector, sprite } = this.latest ?? {};
    if (!frames || (frames.entry === entry && frames.sprite === sprite && sameBut(entry, frames.vector, vector)))
      return;
    this.latest = frames;
    const image = new Image();
    image.src = frames.sprite;
    image.decode().then(() => {
      if (this.latest !== frames) return;
      this.frames = { ...frames, image };
      this.onFrames();
    });
  }

  has(entry, values) {
    return this.frames?.entry === entry && sameBut(entry, values, this.frames.vector);
  }

  // Show the frame of `entry` at its value, if there is one.
  show(entry, values) {
    const { low, high, facts, image, columns } = this.frames ?? {};
    if (!this.has(entry, values)) return;
    const index = frameIndex(values[entry], low, high, facts.length);
    if (index === null) return;
    const size = this.canvas.width;
    const [left, top] = [(index % columns) * size, Math.floor(index / columns) * size];
    this.canvas.getContext("2d").drawImage(image, left, top, size, size, 0, 0, size, size);
    this.canvas.dataset.frame = index;
    this.quiet = false;
    this.canvas.hidden = false;
    this.describe(facts[index]);
  }

  describe({ score, length, share, likely }) {
    this.score.textContent = score ?? "";
    this.length.textContent = length;
    this.likely.textContent = likely;
    this.marker.style.left = `${100 * share}%`;
  }
}
