import type { PlanCollections } from "../compile/plan.ts";
import type { ExplainRequest } from "../explain/explanation.ts";
import type { Collection } from "../incremental/collection.ts";
import type { EndpointSet } from "../model/backend.ts";
import type { Provenance } from "../model/provenance.ts";

/** One side of a comparison: what proxies run, or would run. A pipeline is one. */
export interface DiffSide {
  readonly plan: PlanCollections;
  readonly endpointSets: Collection<EndpointSet>;
}

/** What proxies would run differently: the JSON form of `weir diff`. Parts that stay as they are do not occur in it. */
export interface PlanDiff {
  /** Each list is sorted by title. */
  readonly ports: readonly PartChange[];
  readonly hosts: readonly PartChange[];
  readonly rules: readonly PartChange[];
  readonly clusters: readonly PartChange[];
  readonly certificates: readonly PartChange[];
  /** Authorities that clients or backends are verified by. */
  readonly trustBundles: readonly PartChange[];
  /** Rules that stay the same under another name, because rules were put in front of them: only statistics and logs see it. */
  readonly renamedRules: readonly RenamedRule[];
  readonly requests: RequestDiff;
}

export interface PartChange {
  readonly change: "added" | "removed" | "changed";
  /** The key in its collection of the plan. */
  readonly key: string;
  readonly title: string;
  /** What it is made of where it was added or removed, what differs where it changed. Never empty where it changed. */
  readonly fields: readonly FieldChange[];
  /** What says so before and after; undefined where nothing single does. */
  readonly originBefore?: Provenance;
  readonly originAfter?: Provenance;
}

/** "what: before → after"; where both sides are there and read alike, a value that is not shown was replaced. */
export interface FieldChange {
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
}

export interface RenamedRule {
  readonly before: string;
  readonly after: string;
  readonly origin: Provenance;
}

export interface RequestDiff {
  /** Kinds of requests that get something else, each with a request that shows it. */
  readonly changes: readonly RequestChange[];
  /** How many sample requests were evaluated on both sides. */
  readonly evaluated: number;
  /** Sample requests that were left out because there were more than the limit; if not 0, `changes` may be incomplete. */
  readonly leftOut: number;
  /** Rules for which no request could be made up, because no text was found that their regular expressions match. */
  readonly withoutSample: readonly string[];
}

export interface RequestChange {
  readonly request: ExplainRequest;
  /** "GET http://shop.example.com/cart with x-canary: yes". */
  readonly title: string;
  readonly before: RequestOutcome;
  readonly after: RequestOutcome;
  /** Titles of further samples that change in the same way. */
  readonly alike: readonly string[];
}

export interface RequestOutcome {
  /** "Service shop/cart:80 (90 %), Service shop/cart-v2:80 (10 %)", "redirect 301 to https://…", "404". */
  readonly text: string;
  /** The rules that decide; empty where none does, several where chance decides between them. */
  readonly rules: readonly { readonly key: string; readonly origin: Provenance }[];
}
