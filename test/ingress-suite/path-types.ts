import assert from "node:assert/strict";
import { before, it } from "node:test";
import { ingress, type PathType, type WrittenPath } from "./objects.ts";
import type { SuiteCluster } from "./suite-cluster.ts";

interface Example {
  readonly kind: "Prefix" | "Exact" | "Mixed";
  readonly paths: readonly WrittenPath[];
  readonly requests: readonly string[];
  /** The backend that answers: the paths have them in this order. Undefined where no path matches, for the default backend. */
  readonly matches?: "one" | "two" | "three";
}

function written(pathType: PathType, ...paths: readonly string[]): readonly WrittenPath[] {
  const backends = ["one", "two", "three"] as const;
  return paths.map((path, index) => ({ path, pathType, backend: backends[index] ?? "fallback" }));
}

/** The table under "Examples" of the documentation of Ingress, row by row: https://kubernetes.io/docs/concepts/services-networking/ingress/#examples */
const examples: readonly Example[] = [
  { kind: "Prefix", paths: written("Prefix", "/"), requests: ["/", "/foo", "/aaa/bbb/?q=1"], matches: "one" },
  { kind: "Exact", paths: written("Exact", "/foo"), requests: ["/foo"], matches: "one" },
  { kind: "Exact", paths: written("Exact", "/foo"), requests: ["/bar"] },
  { kind: "Exact", paths: written("Exact", "/foo"), requests: ["/foo/"] },
  { kind: "Exact", paths: written("Exact", "/foo/"), requests: ["/foo"] },
  { kind: "Prefix", paths: written("Prefix", "/foo"), requests: ["/foo", "/foo/"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/foo/"), requests: ["/foo", "/foo/"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/aaa/bb"), requests: ["/aaa/bbb"] },
  { kind: "Prefix", paths: written("Prefix", "/aaa/bbb"), requests: ["/aaa/bbb"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/aaa/bbb/"), requests: ["/aaa/bbb"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/aaa/bbb"), requests: ["/aaa/bbb/"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/aaa/bbb"), requests: ["/aaa/bbb/ccc"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/aaa/bbb"), requests: ["/aaa/bbbxyz"] },
  { kind: "Prefix", paths: written("Prefix", "/", "/aaa"), requests: ["/aaa/ccc"], matches: "two" },
  { kind: "Prefix", paths: written("Prefix", "/", "/aaa", "/aaa/bbb"), requests: ["/aaa/bbb"], matches: "three" },
  { kind: "Prefix", paths: written("Prefix", "/", "/aaa", "/aaa/bbb"), requests: ["/ccc"], matches: "one" },
  { kind: "Prefix", paths: written("Prefix", "/aaa"), requests: ["/ccc"] },
  {
    kind: "Mixed",
    paths: [
      { path: "/foo", pathType: "Prefix", backend: "one" },
      { path: "/foo", pathType: "Exact", backend: "two" },
    ],
    requests: ["/foo"],
    matches: "two",
  },
];

/** Each row is an Ingress with a host of its own; what matches nothing gets its default backend. */
export function pathTypes(cluster: SuiteCluster): void {
  const group = "path-types";
  const hostOf = (index: number): string => `row-${index + 1}.example`;
  let address = "";
  before(async () => {
    await cluster.gateway(group);
    const rows = examples.map(({ paths }, index) =>
      ingress(`row-${index + 1}`, group, {
        rules: [{ host: hostOf(index), paths }],
        defaultBackend: "fallback",
      }),
    );
    address = await cluster.serve(group, ...rows);
  });

  examples.forEach(({ kind, paths, requests, matches = "fallback" }, index) => {
    const list = paths.map(({ path, pathType }) => (kind === "Mixed" ? `${path} (${pathType})` : path)).join(", ");
    it(`row ${index + 1}: ${kind} ${list} and ${requests.join(", ")}: ${outcome(paths, matches)}`, async () => {
      for (const path of requests) {
        await cluster.expect({ address, host: hostOf(index), path }, { status: 200, service: matches });
      }
    });
  });

  it("both types are case sensitive", async () => {
    const rows = examples.flatMap(({ paths, matches }, index) =>
      paths[0]?.path === "/foo" && matches === "one" ? [{ index, pathType: paths[0].pathType }] : [],
    );
    assert.deepEqual(
      rows.map(({ pathType }) => pathType),
      ["Exact", "Prefix"],
    );
    for (const { index } of rows) {
      await cluster.expect({ address, host: hostOf(index), path: "/FOO" }, { status: 200, service: "fallback" });
    }
  });
}

function outcome(paths: readonly WrittenPath[], matches: string): string {
  const found = paths.find(({ backend }) => backend === matches);
  return found === undefined ? "no match" : `matches ${found.path} (${found.pathType})`;
}
