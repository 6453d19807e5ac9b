// The browser half of player.py.

import { setVariables } from "./shared/dom.js";

const LARGEST = 280; // CSS pixels of height
const players = new WeakMap(); // figure element -> Player

// The frame, with a fraction, that shows `passed` ms after `frame`; after the last comes the first.
export function nextFrame(frame, passed, { rate, count }) {
  return (frame + (passed * rate) / 1000) % count;
}

class Player {
  constructor(figure) {
    this.picture = figure.querySelector(".picture");
    this.button = figure.querySelector(".play");
    this.place = figure.querySelector(".place");
    this.figure = figure;
    this.frame = 0; // with a fraction: how far the next one is
    this.last = null;
    this.playing = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.button.onclick = () => this.play(!this.playing);
    this.place.oninput = () => {
      this.frame = Number(this.place.value);
      this.play(false);
      this.show();
    };
  }

  update(data) {
    this.data = data;
    const room = this.figure.parentElement.clientWidth || LARGEST;
    const scale = Math.max(1, Math.floor(Math.min(LARGEST / data.height, room / data.width)));
    const { width, height, columns, sprite } = data;
    setVariables(this.figure, { width, height, columns, scale, sprite: `url("${sprite}")` });
    this.picture.setAttribute("aria-label", data.words.alt);
    this.place.setAttribute("aria-label", data.words.place);
    this.place.max = data.count - 1;
    this.frame %= data.count;
    this.shown = null;
    this.show();
    this.play(this.playing);
  }

  play(playing) {
    this.playing = playing;
    this.button.textContent = playing ? this.data.words.pause : this.data.words.play;
    cancelAnimationFrame(this.request);
    this.last = null;
    if (playing) this.request = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.figure.isConnected) return;
    const passed = this.last === null ? 0 : Math.min(now - this.last, 1000);
    this.last = now;
    this.frame = nextFrame(this.frame, passed, this.data);
    this.show();
    this.request = requestAnimationFrame((next) => this.tick(next));
  }

  show() {
    const frame = Math.floor(this.frame);
    if (frame === this.shown) return;
    this.shown = frame;
    this.place.value = frame;
    setVariables(this.figure, { left: frame % this.data.columns, top: Math.floor(frame / this.data.columns) });
  }
}

export default function ({ data, parentElement }) {
  const figure = parentElement.querySelector(".player");
  if (!players.has(figure)) players.set(figure, new Player(figure));
  const player = players.get(figure);
  player.update(data);
  return () => cancelAnimationFrame(player.request);
}
