// What several components do with the document.

export function element(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function setVariables(node, variables) {
  for (const [name, value] of Object.entries(variables)) node.style.setProperty(`--${name}`, value);
}

// How many times its size a picture may be to fit into the room: a whole number of pixels of the screen for each of its
// own, so that all squares are equal.
export function wholeScale(room, size, pixelRatio = window.devicePixelRatio || 1) {
  const unit = 1 / pixelRatio;
  return Math.max(unit, Math.floor(room / size / unit) * unit);
}

// In place: an edit is no page of the browser's history.
export function writeToUrl(parameters) {
  const url = new URL(window.location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
}
