import { belongsTo, type Outcome, type Profile, type SuiteDescription, type SuiteTest } from "./suite.ts";

export interface Run {
  readonly suite: SuiteDescription;
  /** The profiles asked for. */
  readonly profiles: readonly string[];
  /** The one test asked for; undefined for all. */
  readonly onlyTest?: string;
  /** What the GatewayClass says is supported. */
  readonly declared: readonly string[];
  readonly results: ReadonlyMap<string, Outcome>;
}

/** How the tests of one profile and level went. */
export interface Mark {
  readonly profile: string;
  readonly level: "core" | "extended";
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Every feature of the profiles asked for that the GatewayClass does not declare: their tests are not run, and the report does not show it. */
export function undeclaredFeatures({ suite, profiles, declared }: Run): readonly string[] {
  const wanted = chosen(suite, profiles).flatMap(({ core, extended }) => [...core, ...extended]);
  return [...new Set(wanted)].filter((feature) => !declared.includes(feature)).sort();
}

/**
 * The tests that have to pass: those of the profiles asked for, and where all profiles are, also those that belong to none of them. Tests of service
 * meshes need no gateway.
 */
export function requiredTests({ suite, profiles, onlyTest }: Run): readonly SuiteTest[] {
  if (onlyTest !== undefined) return suite.tests.filter(({ name }) => name === onlyTest);
  const asked = chosen(suite, profiles);
  const ofGateways = suite.tests.filter(({ features }) => !features.some((name) => suite.meshFeatures.includes(name)));
  if (asked.length === suite.profiles.length) return ofGateways;
  return ofGateways.filter((test) => asked.some((profile) => belongsTo(test, profile)));
}

/** What keeps the run from being one of full marks, a line each; empty for full marks. */
export function shortcomings(run: Run): readonly string[] {
  const required = requiredTests(run);
  const named = (wanted: Outcome | undefined): readonly string[] =>
    required.map(({ name }) => name).filter((name) => run.results.get(name) === wanted);
  const undeclared = run.onlyTest === undefined ? undeclaredFeatures(run) : [];
  return [
    ...(required.length === 0 ? ["no such test"] : []),
    ...line("not declared by the GatewayClass", undeclared),
    ...line("failed", named("failed")),
    ...line("skipped", named("skipped")),
    ...line("not run", named(undefined)),
  ];
}

/** The table that people look at; a test that was not run counts as skipped. */
export function marks(run: Run): readonly Mark[] {
  const required = requiredTests(run);
  return chosen(run.suite, run.profiles).flatMap((profile) =>
    (["core", "extended"] as const).map((level): Mark => {
      const tests = required.filter((test) => belongsTo(test, profile) && levelOf(test, profile) === level);
      const count = (outcome: Outcome) => tests.filter(({ name }) => run.results.get(name) === outcome).length;
      const [passed, failed] = [count("passed"), count("failed")];
      return { profile: profile.name, level, passed, failed, skipped: tests.length - passed - failed };
    }),
  );
}

function chosen(suite: SuiteDescription, names: readonly string[]): readonly Profile[] {
  return suite.profiles.filter(({ name }) => names.includes(name));
}

function levelOf({ features }: SuiteTest, { core }: Profile): Mark["level"] {
  return features.every((feature) => core.includes(feature)) ? "core" : "extended";
}

function line(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what} (${names.length}): ${names.join(", ")}`];
}
