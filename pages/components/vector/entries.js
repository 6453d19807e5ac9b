// Entries of a vector: ranges, searches, locks. The document is not needed here.

// Entries as text: [1, 2, 3, 7] -> "1-3,7"
export function ranges(entries) {
  const runs = [];
  for (const entry of [...entries].sort((one, other) => one - other)) {
    if (runs.at(-1)?.[1] === entry - 1) runs.at(-1)[1] = entry;
    else runs.push([entry, entry]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}

// Whether two vectors are the same but for one entry. The server counts in single precision.
export function sameBut(entry, values, others) {
  return (
    values.length === others.length &&
    values.every((value, index) => index === entry || Math.fround(value) === Math.fround(others[index]))
  );
}

// Whether the weight at `index` is 1 and all others are 0.
export function isOneHot(weights, index) {
  return weights.every((weight, other) => weight === (other === index ? 1 : 0));
}

// The words of a search, in small letters.
export function searchWords(text) {
  return text
    .trim()
    .toLowerCase()
    .split(/[\s,;，；、]+/)
    .filter(Boolean);
}

// Whether an entry is searched for by `word`: a number stands for itself alone, letters for a part of the name.
export function isNamed(name, word) {
  return /^\d+$/.test(word) ? name.split(" ").includes(word) : name.toLowerCase().includes(word);
}

// The number of the frame that shows `value`, of `count` frames from `low` to `high`; null if none does.
export function frameIndex(value, low, high, count) {
  return value < low || value > high ? null : Math.round(((value - low) / (high - low)) * (count - 1));
}

// The entries that no button changes. Both the reader and the server change them.
export class Locks {
  constructor() {
    this.entries = new Set();
    this.received = null;
  }

  // Take over what the server sends, unless it sends the same as before: an answer to something else must not undo a
  // press that is still on its way. Returns whether it was taken over.
  receive(entries) {
    const received = JSON.stringify(entries);
    if (received === this.received) return false;
    this.received = received;
    this.entries = new Set(entries);
    return true;
  }

  // The next `receive` counts, whatever it brings.
  forget() {
    this.received = null;
  }

  // Returns whether the entry is locked now.
  toggle(entry) {
    if (this.entries.delete(entry)) return false;
    this.entries.add(entry);
    return true;
  }
}
