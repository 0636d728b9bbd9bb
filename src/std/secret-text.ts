import { inspect } from "node:util";

const shown = "<secret>";

/**
 * A secret that no printer can print: template strings, JSON, `util.inspect` and loggers all show `<secret>`.
 * `reveal()` belongs to the one place that puts it on the wire.
 */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
