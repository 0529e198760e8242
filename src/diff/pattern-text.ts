import type { FullMatch } from "../compile/pattern.ts";

/** How many ways through a pattern are tried: first alternatives and fewest repetitions, then the next ones. */
const ways = 6;

/**
 * Texts that a regular expression (RE2) matches as a whole, checked with `matches`. Empty where none was found: the ways tried cover
 * literals, classes, groups, alternatives and repetitions, not every expression.
 */
export function textsMatching(pattern: string, matches: FullMatch, ignoreCase = false): readonly string[] {
  const texts = new Set<string>();
  for (let way = 0; way < ways; way++) {
    const text = new TextMaker(pattern, way).make();
    if (text !== undefined && !texts.has(text) && matches(pattern, text, ignoreCase)) texts.add(text);
  }
  return [...texts];
}

const classTexts: Readonly<Record<string, string>> = { d: "1", w: "a", s: " ", D: "a", W: "-", S: "a" };
const controlTexts: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
/** Tried in this order for classes that are told by what they leave out. */
const ordinary = "a1bz0AZ-_.x~/ ";

/** Reads one pattern from left to right, writing a text as it goes. */
class TextMaker {
  readonly #pattern: string;
  readonly #way: number;
  #at = 0;

  constructor(pattern: string, way: number) {
    this.#pattern = pattern;
    this.#way = way;
  }

  /** Undefined where the pattern has something this does not know. */
  make(): string | undefined {
    const text = this.#alternatives();
    return this.#at === this.#pattern.length ? text : undefined;
  }

  #alternatives(): string {
    const texts = [this.#sequence()];
    while (this.#take("|")) texts.push(this.#sequence());
    return texts[this.#way % texts.length] ?? "";
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#next())) {
      const atom = this.#atom();
      text += atom.repeat(this.#repetitions());
    }
    return text;
  }

  #atom(): string {
    const character = this.#next();
    this.#at += character.length;
    switch (character) {
      case "(": {
        // (?:…), (?i:…), (?P<name>…), (?<name>…), and flags alone: (?i)
        const flags = /^\?(?:P?<\w+>|[a-zA-Z-]*(:|(?=\))))/.exec(this.#rest());
        this.#at += flags?.[0].length ?? 0;
        const text = this.#alternatives();
        this.#take(")");
        return text;
      }
      case "[":
        return this.#class();
      case ".":
        return "a";
      case "^":
      case "$":
        return "";
      case "\\":
        return this.#escape();
      default:
        return character;
    }
  }

  #escape(): string {
    const quoted = /^Q(.*?)(?:\\E|$)/s.exec(this.#rest());
    const code = /^x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(this.#rest());
    if (quoted !== null || code !== null) {
      this.#at += (quoted ?? code)?.[0].length ?? 0;
      return (
        quoted?.[1] ?? String.fromCodePoint(Math.min(Number.parseInt(code?.[1] ?? code?.[2] ?? "61", 16), 0x10_ff_ff))
      );
    }
    const character = this.#next();
    this.#at += character.length;
    if (/[bBAz]/.test(character)) return "";
    return classTexts[character] ?? controlTexts[character] ?? character;
  }

  #class(): string {
    const negated = this.#take("^");
    const start = this.#at;
    // A bracket right at the start stands for itself; named classes have brackets of their own.
    const body = /^\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*/s.exec(this.#rest())?.[0] ?? "";
    this.#at = start + body.length;
    this.#take("]");
    const fits = classTest(`[${negated ? "^" : ""}${body.replace(/^\]/, "\\]")}]`);
    const candidates = Array.from(ordinary + body).filter((character) => fits(character));
    return candidates[this.#way % Math.max(1, Math.min(candidates.length, 2))] ?? "a";
  }

  #repetitions(): number {
    const found = /^(?:([*+?])|\{(\d+)(,)?(\d*)\})\??/.exec(this.#rest());
    if (found === null) return 1;
    this.#at += found[0].length;
    const [, sign, least = "0", open, most = ""] = found;
    const [from, to] =
      sign === undefined
        ? [Number(least), open === undefined ? Number(least) : most === "" ? Number.POSITIVE_INFINITY : Number(most)]
        : [sign === "+" ? 1 : 0, sign === "?" ? 1 : Number.POSITIVE_INFINITY];
    // Optional parts are there first, which makes requests that look like the pattern.
    return Math.min(Math.max(from, this.#way % 2 === 0 ? 1 : from), to, 100);
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): string {
    return String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
  }

  #rest(): string {
    return this.#pattern.slice(this.#at);
  }
}

const namedClasses: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  alnum: "A-Za-z0-9",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};

/** Near enough for choosing a character: what it lets through is checked with the pattern as a whole. */
function classTest(written: string): (character: string) => boolean {
  const plain = written.replace(/\[:(\w+):\]/g, (_, name: string) => namedClasses[name] ?? "");
  try {
    const expression = new RegExp(plain);
    return (character) => expression.test(character);
  } catch {
    return () => false;
  }
}
