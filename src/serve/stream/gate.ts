import type { Requirements } from "../../xds/resource.ts";

/** The kinds of requirements, by the type of the resource that meets them. */
export type RequirementKind = "cluster" | "secret" | "extension";

/** One thing that is required and not there yet. */
export interface Missing {
  readonly kind: RequirementKind;
  readonly name: string;
}

/** `held`: not yet. `forced`: something is still missing, but it has been waited for long enough. */
export type Verdict = "ready" | "held" | "forced";

/**
 * Holds back what names something the client does not have yet, for a limited time: the wait for each missing thing
 * starts when something is first held back for it and ends after `holdMs`.
 */
export class Gate {
  readonly #holdMs: number;
  #since = new Map<string, number>();

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** Starts a pass over everything that waits. Waits that no check of the pass confirms are over at its end. */
  pass(now: number, isReady: (kind: RequirementKind, name: string) => boolean): GatePass {
    const since = new Map<string, number>();
    return {
      check: (requires) => {
        let verdict: Verdict = "ready";
        eachMissing(requires, isReady, ({ kind, name }) => {
          const key = `${kind} ${name}`;
          const from = this.#since.get(key) ?? now;
          since.set(key, from);
          if (now - from < this.#holdMs) verdict = "held";
          else if (verdict === "ready") verdict = "forced";
        });
        return verdict;
      },
      missing: (requires) => {
        const missing: Missing[] = [];
        eachMissing(requires, isReady, (item) => missing.push(item));
        return missing;
      },
      end: () => {
        this.#since = since;
      },
    };
  }

  /** Whether anything waits, or has waited long enough and still lacks something. */
  get isWaiting(): boolean {
    return this.#since.size > 0;
  }

  /** When the next wait ends, if one is running at `now`. */
  nextRelease(now: number): number | undefined {
    let next: number | undefined;
    for (const from of this.#since.values()) {
      const release = from + this.#holdMs;
      if (release > now && (next === undefined || release < next)) next = release;
    }
    return next;
  }
}

export interface GatePass {
  check(requires: Requirements): Verdict;
  missing(requires: Requirements): readonly Missing[];
  end(): void;
}

function eachMissing(
  requires: Requirements,
  isReady: (kind: RequirementKind, name: string) => boolean,
  report: (missing: Missing) => void,
): void {
  for (const name of requires.clusters) if (!isReady("cluster", name)) report({ kind: "cluster", name });
  for (const name of requires.secrets) if (!isReady("secret", name)) report({ kind: "secret", name });
  for (const name of requires.extensions) if (!isReady("extension", name)) report({ kind: "extension", name });
}
