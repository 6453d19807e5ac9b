// The browser half of effect_gallery.py.

function card({ entry, name, strength, picture, on_sheet }, words, choose) {
  const image = document.createElement("img");
  image.src = picture;
  image.alt = "";

  const title = document.createElement("strong");
  title.textContent = name;
  const open = document.createElement("button");
  open.type = "button";
  open.className = "open";
  open.title = words.open.replace("{name}", name);
  open.setAttribute("aria-label", `${open.title}, ${strength}`);
  open.append(image, title, strength);
  open.onclick = () => choose({ entry, action: "open" });

  const sheet = document.createElement("button");
  sheet.type = "button";
  sheet.className = "sheet";
  sheet.textContent = on_sheet ? `\u2713 ${words.remove}` : `+ ${words.add}`;
  sheet.setAttribute("aria-pressed", String(on_sheet));
  sheet.setAttribute("aria-label", `${words.add}: ${name}`);
  sheet.onclick = () => choose({ entry, action: "toggle" });

  const item = document.createElement("li");
  item.append(open, sheet);
  return item;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const gallery = parentElement.querySelector(".gallery");
  const focused = [...gallery.querySelectorAll("button")].indexOf(gallery.getRootNode().activeElement);
  const choose = (choice) => setTriggerValue("chosen", choice);
  gallery.replaceChildren(...data.cards.map((each) => card(each, data.words, choose)));
  gallery.querySelectorAll("button")[focused]?.focus();
}
