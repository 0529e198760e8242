/**
 * The program that demo backends run in, beside Weir: they stand for servers of their own, which do not end when the control
 * plane is killed. Usage: backend-host <socket>. On the socket each line is a list of wanted backends, answered by a line with
 * the list of problems. It ends when nothing is wanted any more, or when its socket is removed.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { isList, numberAt, textAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import { LocalBackendSet, type WantedBackend } from "./backend-set.ts";

const lookForSocketMs = 1_000;

const [socketPath] = process.argv.slice(2);
if (socketPath === undefined) throw new Error("backend-host takes the path of its socket");

const backends = new LocalBackendSet();

async function serve(connection: Socket): Promise<void> {
  connection.on("error", () => connection.destroy());
  for await (const line of createInterface(connection)) {
    const wanted = wantedIn(JSON.parse(line));
    const problems = await backends.bring(wanted);
    if (wanted.length === 0) await rm(socketPath ?? "", { force: true });
    connection.write(`${JSON.stringify(problems)}\n`, () => {
      if (wanted.length === 0) process.exit(0);
    });
  }
}

function wantedIn(list: Json): WantedBackend[] {
  if (!isList(list)) return [];
  return list.flatMap((entry) => {
    const [name, version, address] = [textAt(entry, "name"), textAt(entry, "version"), textAt(entry, "address")];
    const port = numberAt(entry, "port");
    if (name === undefined || version === undefined || address === undefined || port === undefined) return [];
    return [{ name, version, address, port }];
  });
}

await rm(socketPath, { force: true });
const server = createServer((connection) => void serve(connection));
server.listen(socketPath, () => {
  setInterval(() => {
    if (!existsSync(socketPath)) process.exit(0);
  }, lookForSocketMs);
});
