// The browser half of groups.py.

import { element, setVariables } from "./shared/dom.js";

const SCALE = 2;
const SIGNS = ["", "+", "\u2212"]; // in no group, with, without
const pickers = new WeakMap(); // pictures element -> { drawn, marks, sent }

function show(button, mark, index, words) {
  button.dataset.mark = mark;
  button.querySelector(".mark").textContent = SIGNS[mark];
  button.setAttribute("aria-label", `${words.picture.replace("{n}", index + 1)}, ${words.marks[mark]}`);
}

function build(pictures, picker, data) {
  const buttons = data.marks.map((_mark, index) => {
    const picture = element("span", { className: "picture" });
    setVariables(picture, { left: index % data.columns, top: Math.floor(index / data.columns) });
    const button = element("button", { type: "button" }, [picture, element("span", { className: "mark" })]);
    button.onclick = () => {
      picker.marks[index] = (picker.marks[index] + 1) % 3;
      show(button, picker.marks[index], index, picker.words);
      picker.sent = JSON.stringify(picker.marks);
      picker.send([...picker.marks]);
    };
    return button;
  });
  pictures.replaceChildren(...buttons);
  pictures.setAttribute("aria-label", data.words.all);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const pictures = parentElement.querySelector(".pictures");
  const picker = pickers.get(pictures) ?? {};
  pickers.set(pictures, picker);
  picker.send = (marks) => setTriggerValue("marks", marks);
  picker.words = data.words;
  const { width, height, columns, sprite } = data;
  setVariables(pictures, { width, height, columns, scale: SCALE, sprite: `url("${sprite}")` });
  if (picker.drawn !== data.marks.length) {
    picker.drawn = data.marks.length;
    build(pictures, picker, data);
    picker.sent = null;
  }
  // An answer to an earlier press must not undo the presses since.
  if (picker.sent && picker.sent !== JSON.stringify(data.marks)) return;
  picker.sent = null;
  picker.marks = [...data.marks];
  [...pictures.children].forEach((button, index) => show(button, picker.marks[index], index, data.words));
}
