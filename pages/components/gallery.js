// The browser half of gallery.py.

import { element } from "./shared/dom.js";

function card({ entry, name, strength, picture, on_sheet }, words, choose) {
  const image = element("img", { src: picture, alt: "" });
  const title = words.open.replace("{name}", name);
  const open = element("button", { type: "button", className: "open", title }, [
    image,
    element("strong", { textContent: name }),
    strength,
  ]);
  open.setAttribute("aria-label", `${title}, ${strength}`);
  open.onclick = () => choose({ entry, action: "open" });

  const textContent = on_sheet ? `\u2713 ${words.remove}` : `+ ${words.add}`;
  const sheet = element("button", { type: "button", className: "sheet", textContent });
  sheet.setAttribute("aria-pressed", String(on_sheet));
  sheet.setAttribute("aria-label", `${words.add}: ${name}`);
  sheet.onclick = () => choose({ entry, action: "toggle" });

  return element("li", {}, [open, sheet]);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const gallery = parentElement.querySelector(".gallery");
  const focused = [...gallery.querySelectorAll("button")].indexOf(gallery.getRootNode().activeElement);
  const choose = (choice) => setTriggerValue("chosen", choice);
  gallery.replaceChildren(...data.cards.map((each) => card(each, data.words, choose)));
  gallery.querySelectorAll("button")[focused]?.focus();
}
