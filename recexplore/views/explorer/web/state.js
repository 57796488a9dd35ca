// What the parts of the explorer share: a few named values, and who wants to know of them.

/** Values under names; listeners are called when a value becomes another one. */
export class State {
  #values;
  #listeners = new Map();

  constructor(values) {
    this.#values = { ...values };
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (Object.is(this.#values[name], value)) return;
    this.#values[name] = value;
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(value);
  }

  /** Calls `listener` on each change of any of the names; gives a function that ends it. */
  on(names, listener) {
    const all = names.split(" ");
    for (const name of all) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
      this.#listeners.get(name).add(listener);
    }
    return () => all.forEach((name) => this.#listeners.get(name).delete(listener));
  }
}
