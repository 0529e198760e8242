import type { FieldChange } from "./plan-diff.ts";
import { identityOf, writeValue } from "./write-value.ts";

/** One thing to say about a part of a plan. */
export interface Fact {
  readonly what: string;
  readonly text: string;
  /** What is compared; holds more than is shown. */
  readonly identity: string;
  /** Not worth telling about parts that are new or gone. */
  readonly minor?: boolean;
}

export function fact(what: string, value: unknown, text: string = writeValue(value)): Fact {
  return { what, text, identity: identityOf(value) };
}

/** A fact that is told only when it changes. */
export function minorFact(what: string, value: unknown, text?: string): Fact {
  return { ...fact(what, value, text), minor: true };
}

/** Makes names unique, so that the second of two steps of a kind is compared with the second. */
export function numbered(facts: readonly Fact[]): readonly Fact[] {
  const seen = new Map<string, number>();
  return facts.map((one) => {
    const count = (seen.get(one.what) ?? 0) + 1;
    seen.set(one.what, count);
    return count === 1 ? one : { ...one, what: `${one.what} (${count})` };
  });
}

/** What differs, in the order of the facts; names are unique on each side. */
export function diffFacts(before: readonly Fact[], after: readonly Fact[]): readonly FieldChange[] {
  const old = new Map(before.map((one) => [one.what, one]));
  const young = new Map(after.map((one) => [one.what, one]));
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((what) => {
    const from = old.get(what);
    const to = young.get(what);
    if (from?.identity === to?.identity) return [];
    return [
      {
        what,
        ...(from === undefined ? {} : { before: from.text }),
        ...(to === undefined ? {} : { after: to.text }),
      },
    ];
  });
}

/** What a part that is new or gone is made of. */
export function listFacts(facts: readonly Fact[], side: "before" | "after"): readonly FieldChange[] {
  return facts.filter(({ minor }) => minor !== true).map(({ what, text }) => ({ what, [side]: text }));
}

/** All facts as one text, for finding parts that are alike under another name. */
export function identityOfFacts(facts: readonly Fact[]): string {
  return facts.map(({ what, identity }) => `${what}=${identity}`).join("\n");
}
