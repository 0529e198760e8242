/** What there is to test: tools over the whole tree, tests beside the code, and one folder under test/ per layer. */
import { globSync, readdirSync } from "node:fs";

export type Layer =
  /** One command whose exit code is the verdict. */
  | { readonly kind: "tool"; readonly name: string; readonly commands: readonly (readonly string[])[] }
  | {
      readonly kind: "tests";
      readonly name: string;
      readonly files: readonly string[];
      /** Whether each file gets a process of its own. */
      readonly isolated: boolean;
    };

/** The layers in the order in which they run: the quick ones first. Folders under test/ without tests are none. */
export function findLayers(): readonly Layer[] {
  const folders = readdirSync("test", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return [
    {
      kind: "tool",
      name: "typecheck",
      commands: [
        ["tsc", "-p", "tsconfig.json"],
        ["tsc", "-p", "tsconfig.build.json", "--noEmit"],
      ],
    },
    {
      kind: "tool",
      name: "lint",
      commands: [
        ["biome", "check", "."],
        ["oxlint", "--type-aware", "--deny-warnings"],
      ],
    },
    { kind: "tests", name: "unit", files: tests("src/**/*.test.ts"), isolated: false },
    ...folders.flatMap((name): Layer[] => {
      const files = tests(`test/${name}/**/*.test.ts`);
      return files.length === 0 ? [] : [{ kind: "tests", name, files, isolated: true }];
    }),
  ];
}

function tests(pattern: string): readonly string[] {
  return globSync(pattern).sort();
}
