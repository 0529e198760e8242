/** What the suite consists of and how a run of it went, as test/conformance/suite_test.go writes them. */
import { readFile } from "node:fs/promises";

export interface SuiteDescription {
  /** The release of the definitions that the suite insists on. */
  readonly version: string;
  readonly profiles: readonly Profile[];
  readonly meshFeatures: readonly string[];
  readonly tests: readonly SuiteTest[];
}

export interface Profile {
  readonly name: string;
  readonly core: readonly string[];
  readonly extended: readonly string[];
}

export interface SuiteTest {
  readonly name: string;
  readonly features: readonly string[];
  readonly provisional: boolean;
}

export type Outcome = "passed" | "failed" | "skipped";

export async function readDescription(file: string): Promise<SuiteDescription> {
  const description: SuiteDescription = JSON.parse(await readFile(file, "utf8"));
  return description;
}

/** The outcome of each test that came to its end; empty where the suite did not get as far as its first test. */
export async function readResults(file: string): Promise<ReadonlyMap<string, Outcome>> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const { test, result }: { readonly test: string; readonly result: Outcome } = JSON.parse(line);
      return [test, result];
    }),
  );
}

/** Whether a test concerns a profile, by the suite's own rule: each of its features is one of the profile's. */
export function belongsTo(test: SuiteTest, { core, extended }: Profile): boolean {
  return test.features.every((feature) => core.includes(feature) || extended.includes(feature));
}
