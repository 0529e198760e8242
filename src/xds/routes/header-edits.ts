import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  HeaderValueOption_HeaderAppendAction,
  type HeaderValueOptionSchema,
} from "../../envoy/generated/envoy/config/core/v3/base_pb.ts";
import type { HeaderEdits, Step } from "../../model/step.ts";

type HeaderValueOption = MessageInitShape<typeof HeaderValueOptionSchema>;

/** Edits as a route or a weighted cluster carries them. */
export interface EncodedEdits {
  readonly toAdd: HeaderValueOption[];
  readonly toRemove: string[];
  /** What the last edit of the Host header sets; Envoy edits that header in another place. */
  readonly host: string | undefined;
  readonly problems: readonly string[];
}

/** What a sequence of edits comes to for one header: what becomes of the values that are there, and what is added behind them. */
interface Outcome {
  readonly name: string;
  base: { readonly kind: "keep" } | { readonly kind: "remove" } | { readonly kind: "set"; readonly value: string };
  added: string[];
}

/**
 * Several edits in a row as one. Envoy removes first, then overwrites, then appends, and applies the edits of a weighted cluster before those of its
 * route whatever it is told, so a sequence is folded into what it comes to for each header. Within one edit the order is set, add, remove.
 */
export function foldEdits(edits: readonly HeaderEdits[]): EncodedEdits {
  const outcomes = new Map<string, Outcome>();
  const outcome = (name: string): Outcome => {
    const key = name.toLowerCase();
    let found = outcomes.get(key);
    if (found === undefined) {
      found = { name: key, base: { kind: "keep" }, added: [] };
      outcomes.set(key, found);
    }
    return found;
  };
  for (const { set, add, remove } of edits) {
    for (const { name, value } of set) Object.assign(outcome(name), { base: { kind: "set", value }, added: [] });
    for (const { name, value } of add) outcome(name).added.push(value);
    for (const name of remove) Object.assign(outcome(name), { base: { kind: "remove" }, added: [] });
  }
  return encodeOutcomes(outcomes.values());
}

function encodeOutcomes(outcomes: Iterable<Outcome>): EncodedEdits {
  const toAdd: HeaderValueOption[] = [];
  const toRemove: string[] = [];
  const problems: string[] = [];
  let host: string | undefined;
  for (const { name, base, added } of outcomes) {
    if (name === "host") {
      host = added.at(-1) ?? (base.kind === "set" ? base.value : undefined);
      if (host === undefined && base.kind === "remove") problems.push("the Host header cannot be removed");
      continue;
    }
    if (name.startsWith(":")) {
      problems.push(`the pseudo-header ${name} cannot be edited`);
      continue;
    }
    if (base.kind === "set") toAdd.push(option(name, base.value, "overwrite"));
    if (base.kind === "remove") toRemove.push(name);
    for (const value of added) toAdd.push(option(name, value, "append"));
  }
  return { toAdd, toRemove, host, problems };
}

function option(key: string, value: string, action: "overwrite" | "append"): HeaderValueOption {
  return {
    header: { key, value: literal(value) },
    appendAction:
      action === "overwrite"
        ? HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD
        : HeaderValueOption_HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD,
    // Without this an empty value would be no edit at all.
    keepEmptyValue: true,
  };
}

/** Envoy reads header values as format strings, in which "%" begins a command. */
function literal(value: string): string {
  return value.replaceAll("%", "%%");
}

export function requestEdits(steps: readonly Step[]): HeaderEdits[] {
  return steps.filter((step) => step.kind === "request-headers");
}

export function responseEdits(steps: readonly Step[]): HeaderEdits[] {
  return steps.filter((step) => step.kind === "response-headers");
}
