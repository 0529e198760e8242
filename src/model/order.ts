import type { PathMatch } from "./match.ts";
import type { Order } from "./rule.ts";

export interface SpecificityInput {
  readonly path: PathMatch | undefined;
  readonly hasMethod: boolean;
  readonly headerCount: number;
  readonly queryCount: number;
  /** RFC 3339, empty where unknown. */
  readonly creationTimestamp: string;
  readonly namespace: string;
  readonly name: string;
  readonly ruleIndex: number;
  readonly matchIndex: number;
}

/** The rank of the block that Ingress and Gateway API share. */
export const SPECIFICITY_RANK = 0;

/**
 * The order shared by Ingress and Gateway API: exact path, then regular expression, then the longest prefix; a method match; the most header matches; the
 * most query matches; the oldest object; namespace and name; position in the object (HTTPRouteRule, "Precedence", Gateway API v1.6; Ingress, "Multiple matches").
 */
export function specificityOrder(input: SpecificityInput): Order {
  const { path } = input;
  return {
    rank: SPECIFICITY_RANK,
    specificity: [
      pathRank(path),
      path === undefined ? 0 : -path.value.length,
      input.hasMethod ? 0 : 1,
      -input.headerCount,
      -input.queryCount,
      input.creationTimestamp,
      `${input.namespace}/${input.name}`,
      input.ruleIndex,
      input.matchIndex,
    ],
  };
}

function pathRank(path: PathMatch | undefined): number {
  switch (path?.kind) {
    case "exact":
      return 0;
    case "regex":
      return 1;
    case "segment-prefix":
    case "string-prefix":
      return 2;
    case undefined:
      return 3;
  }
}

/** Compares two places in the order; negative where `a` comes first. */
export function compareOrder(a: Order, b: Order): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const length = Math.max(a.specificity.length, b.specificity.length);
  for (let index = 0; index < length; index++) {
    const left = a.specificity[index] ?? "";
    const right = b.specificity[index] ?? "";
    if (left === right) continue;
    if (typeof left === "number" && typeof right === "number") return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return 0;
}
