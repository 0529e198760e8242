/** Reads a cluster as the control plane does, and tells what it read as one JSON value a line; ends when its input does. */
import { kindDefinitions } from "../../src/admission/kinds.ts";
import { openKubernetesClient } from "../../src/kubernetes/open-client.ts";
import { referencedObjects } from "../../src/references/referenced-objects.ts";
import { createKubernetesSource } from "../../src/sources/kubernetes/kubernetes-source.ts";

const [namespace = "", group = ""] = process.argv.slice(2);
const reading = { group, kind: "Reading", plural: "readings", versions: ["v1"], namespaced: true, hasStatus: true };

function tell(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const { client } = await openKubernetesClient({ kind: "default" }, "weir/test");
const source = createKubernetesSource({
  client,
  kinds: [...kindDefinitions, reading],
  referencesOf: referencedObjects,
  namespaces: [namespace],
  onTrouble: ({ what, problem }) => tell({ what, problem: problem ?? "" }),
});
source.onStatus((ref) => tell({ status: ref.name, is: source.current(ref)?.status ?? null }));
await source.start(({ changes }) => {
  for (const { key, object } of changes) tell({ key, spec: object?.body.spec ?? object?.body.data ?? null });
});
tell({ synced: source.freshness().every(({ synced }) => synced) });
process.stdin.resume();
process.stdin.on("end", () => void source.close().then(() => client.close()));
