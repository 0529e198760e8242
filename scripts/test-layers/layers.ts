/** What there is to test: tools over the whole tree, tests beside the code, and one folder under test/ per layer. */
import { globSync, readdirSync } from "node:fs";

interface Named {
  readonly name: string;
  /** The Kubernetes that is needed: some tests make one of their own, or skip themselves; others are given one, as WEIR_CLUSTER. */
  readonly cluster: "none" | "own" | "given";
  /** Left out unless it is asked for. */
  readonly slow: boolean;
  /** What is longer under way has gone wrong and is ended. */
  readonly limitMs: number;
}

/** One command whose exit code is the verdict; 69 says that this machine cannot run it. */
export interface ToolLayer extends Named {
  readonly kind: "tool";
  readonly commands: readonly (readonly string[])[];
}

export interface TestsLayer extends Named {
  readonly kind: "tests";
  readonly files: readonly string[];
  /** Whether each file gets a process of its own. */
  readonly isolated: boolean;
}

export type Layer = ToolLayer | TestsLayer;

const minute = 60_000;
const ordinary = { cluster: "none", slow: false, limitMs: 20 * minute } as const;

/** Folders whose tests need a cluster, in the order in which they run. They come last: building what a cluster consists of takes minutes. */
const folderNeeds: Readonly<Record<string, Omit<Named, "name">>> = {
  cluster: { cluster: "own", slow: false, limitMs: 10 * minute },
  docs: { cluster: "own", slow: false, limitMs: 15 * minute },
  "ingress-suite": { cluster: "given", slow: true, limitMs: 10 * minute },
  installation: { cluster: "given", slow: true, limitMs: 15 * minute },
  resilience: { cluster: "given", slow: true, limitMs: 25 * minute },
};

/** The layers in the order in which they run: the quick ones first. Folders under test/ without tests are none. */
export function findLayers(): readonly Layer[] {
  const folders = readdirSync("test", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return [
    {
      ...ordinary,
      kind: "tool",
      name: "typecheck",
      commands: [
        ["tsc", "-p", "tsconfig.json"],
        ["tsc", "-p", "tsconfig.build.json", "--noEmit"],
      ],
    },
    {
      ...ordinary,
      kind: "tool",
      name: "lint",
      commands: [
        ["biome", "check", "."],
        ["oxlint", "--type-aware", "--deny-warnings"],
      ],
    },
    { ...ordinary, kind: "tests", name: "unit", files: tests("src/**/*.test.ts"), isolated: false },
    ...folders.filter((name) => !Object.hasOwn(folderNeeds, name)).flatMap((name) => folderLayer(name, ordinary)),
    ...Object.entries(folderNeeds).flatMap(([name, needs]) => folderLayer(name, needs)),
    {
      kind: "tool",
      name: "conformance-suite",
      cluster: "given",
      slow: true,
      limitMs: 25 * minute,
      commands: [["scripts/conformance"]],
    },
  ];
}

function folderLayer(name: string, needs: Omit<Named, "name">): readonly Layer[] {
  const files = tests(`test/${name}/**/*.test.ts`);
  return files.length === 0 ? [] : [{ ...needs, kind: "tests", name, files, isolated: true }];
}

function tests(pattern: string): readonly string[] {
  return globSync(pattern).sort();
}
