import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kindDefinitions } from "../../admission/kinds.ts";
import { formatKubeconfig } from "../../api/auth/kubeconfig.ts";
import { withApi } from "../../api/testing/api-fixture.ts";
import { openKubernetesClient } from "../../kubernetes/open-client.ts";
import { textAt } from "../../model/json.ts";
import { referencedObjects } from "../../references/referenced-objects.ts";
import { sourceContract } from "../source-contract.ts";
import { createKubernetesSource } from "./kubernetes-source.ts";

const services = "/api/v1/namespaces/shop/services";

/** Weir's own API follows the conventions of Kubernetes, so what reads a cluster must be able to read it. */
sourceContract("kubernetes", (test) =>
  withApi({}, async ({ server, send, directory }) => {
    const path = join(directory, "kubeconfig");
    const kubeconfig = formatKubeconfig({ url: server.url, token: server.token });
    await writeFile(path, kubeconfig.replace(/( *)server: .*\n/, "$&$1insecure-skip-tls-verify: true\n"));
    const { client } = await openKubernetesClient({ kind: "file", path }, "weir/test");
    // The API has a namespace of its own from the start, of which the contract knows nothing.
    const kinds = kindDefinitions.filter(({ kind }) => kind !== "Namespace");
    const create = () => createKubernetesSource({ client, kinds, referencesOf: referencedObjects });
    const source = create();
    try {
      await test({
        source,
        another: create,
        async put(body) {
          const name = textAt(body, "metadata", "name") ?? "";
          const { code } = await send("PUT", `${services}/${name}`, body);
          if (code === 404) await send("POST", services, body);
        },
        async remove(body) {
          await send("DELETE", `${services}/${textAt(body, "metadata", "name")}`);
        },
      });
    } finally {
      await source.close();
      await client.close();
    }
  }),
);
