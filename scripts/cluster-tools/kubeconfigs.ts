import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientName } from "./certificates.ts";
import { addresses } from "./places.ts";

/** Writes a self-contained kubeconfig; JSON, which is YAML too. */
export async function writeKubeconfig(file: string, certificates: string, client: ClientName): Promise<void> {
  const encoded = async (name: string): Promise<string> =>
    (await readFile(join(certificates, name))).toString("base64");
  const name = "weir";
  const configuration = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name, cluster: { server: addresses.apiServer, "certificate-authority-data": await encoded("ca.crt") } },
    ],
    users: [
      {
        name: client,
        user: {
          "client-certificate-data": await encoded(`${client}.crt`),
          "client-key-data": await encoded(`${client}.key`),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: client } }],
    "current-context": name,
  };
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600 });
}
