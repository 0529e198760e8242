import type { Requirement } from "../../xds/requirements.ts";
import type { Requirements } from "../../xds/resource.ts";
import type { Readiness } from "./readiness.ts";

/** `held`: not yet. `forced`: something is still missing, but it has been waited for long enough. */
export type Verdict = "ready" | "held" | "forced";

interface Wait extends Requirement {
  /** When something was first held back for it. */
  readonly from: number;
}

/**
 * Holds back what names something the client does not have yet, for a limited time: the wait for each missing thing
 * starts when something is first held back for it and ends after `holdMs`. What was waited for in vain is not waited for
 * again until the client has had it.
 */
export class Gate {
  readonly #holdMs: number;
  #waits = new Map<string, Wait>();

  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** What has arrived is waited for anew when it is missing the next time. */
  forgetReady(readiness: Readiness): void {
    for (const [key, { kind, name }] of this.#waits) if (readiness.isReady(kind, name)) this.#waits.delete(key);
  }

  /** Starts a pass over everything that waits. Running waits that no check of the pass confirms end with it. */
  pass(now: number, readiness: Readiness): GatePass {
    const waits = new Map<string, Wait>();
    return {
      check: (requires) => {
        let verdict: Verdict = "ready";
        readiness.eachMissing(requires, ({ kind, name }) => {
          const key = `${kind} ${name}`;
          const wait = this.#waits.get(key) ?? { kind, name, from: now };
          waits.set(key, wait);
          if (!this.#isOver(wait, now)) verdict = "held";
          else if (verdict === "ready") verdict = "forced";
        });
        return verdict;
      },
      missing: (requires) => {
        const missing = new Map<string, Requirement>();
        readiness.eachMissing(requires, (item) => missing.set(`${item.kind} ${item.name}`, item));
        return [...missing.values()];
      },
      end: () => {
        for (const [key, wait] of this.#waits) {
          if (!waits.has(key) && this.#isOver(wait, now)) waits.set(key, wait);
        }
        this.#waits = waits;
      },
    };
  }

  /** Whether anything waits, or has waited long enough and still lacks something. */
  get isWaiting(): boolean {
    return this.#waits.size > 0;
  }

  /** When the next wait ends, if one is running at `now`, which must be the time of the latest pass. */
  nextRelease(now: number): number | undefined {
    let next: number | undefined;
    for (const wait of this.#waits.values()) {
      const release = this.#release(wait);
      if (release > now && (next === undefined || release < next)) next = release;
    }
    return next;
  }

  /** One sum for both questions: `now - from` may round otherwise than `from + holdMs`. */
  #release({ from }: Wait): number {
    return from + this.#holdMs;
  }

  #isOver(wait: Wait, now: number): boolean {
    return this.#release(wait) <= now;
  }
}

export interface GatePass {
  check(requires: Requirements): Verdict;
  missing(requires: Requirements): readonly Requirement[];
  end(): void;
}
