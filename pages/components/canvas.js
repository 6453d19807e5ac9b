// The browser half of canvas.py.

const canvases = new WeakMap(); // root element -> Drawing

class Drawing {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.canvas = this.find("canvas");
    this.context = this.canvas.getContext("2d");
    this.revision = null;
    this.paper = "#000000";
    this.count = 0;
    this.from = null; // the last point of the stroke that is being drawn
    this.clear();
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => this.follow(event);
    this.canvas.onpointerup = () => this.end();
    this.canvas.onpointercancel = () => this.end();
    this.find(".clear").onclick = () => this.clear();
    this.find(".keep").onclick = () => this.keep();
    this.find(".invert").onclick = () => this.invert();
  }

  update(data, send) {
    this.send = send;
    const { words } = data;
    this.canvas.setAttribute("aria-label", words.canvas);
    for (const name of ["size", "color"]) this.find(`.${name}-label`).textContent = words[name];
    for (const name of ["invert", "clear"]) this.find(`.${name}`).textContent = words[name];
    this.find(".color-row").hidden = !data.colors;
    this.find(".keep").textContent = words.keep ?? "";
    this.find(".keep").hidden = !words.keep;
    this.isKept = Boolean(words.keep); // by a press; else every stroke is sent
    if (data.revision === this.revision) return;
    this.revision = data.revision;
    if (data.revision !== "drawn") this.load(data.picture);
  }

  load(address) {
    const picture = new Image();
    picture.onload = () => {
      this.context.imageSmoothingEnabled = false;
      this.context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    };
    picture.src = address;
  }

  clear() {
    this.isBlank = true;
    this.context.fillStyle = this.paper;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  // Black ink on white paper, or the other way round again.
  invert() {
    this.context.globalCompositeOperation = "difference";
    this.context.fillStyle = "#ffffff";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.globalCompositeOperation = "source-over";
    const black = this.paper === "#000000";
    this.paper = black ? "#ffffff" : "#000000";
    this.find(".color").value = black ? "#000000" : "#ffffff";
    if (!this.isKept) this.report();
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.from = this.place(event);
    const [x, y] = this.from;
    this.line(this.from, [x + 0.1, y], event); // a mere tap leaves a dot
  }

  follow(event) {
    if (!this.from) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) {
      const to = this.place(part);
      this.line(this.from, to, part);
      this.from = to;
    }
  }

  end() {
    if (!this.from) return;
    this.from = null;
    this.isBlank = false;
    if (!this.isKept) this.report();
  }

  keep() {
    if (this.isBlank) return;
    this.report();
    this.clear();
  }

  line(from, to, event) {
    const pressure = event.pointerType === "pen" ? 0.5 + event.pressure : 1;
    Object.assign(this.context, {
      lineCap: "round",
      lineWidth: Number(this.find(".size").value) * pressure,
      strokeStyle: this.find(".color").value,
    });
    this.context.beginPath();
    this.context.moveTo(...from);
    this.context.lineTo(...to);
    this.context.stroke();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const factor = this.canvas.width / box.width;
    return [(event.clientX - box.left) * factor, (event.clientY - box.top) * factor];
  }

  report() {
    this.count += 1;
    this.send({ count: this.count, png: this.canvas.toDataURL("image/png") });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".drawing");
  if (!canvases.has(root)) canvases.set(root, new Drawing(root));
  canvases.get(root).update(data, (drawing) => setTriggerValue("drawn", drawing));
}
