import { isObject, textAt } from "../../model/json.ts";
import type { Json, JsonObject, SourceObject } from "../../model/source-object.ts";
import { type ApiClient, ApiError } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import type { RunCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { kindOf, pathOf, type ServedKind, servedKinds, shortRef } from "../objects/kinds.ts";
import { readObjects } from "../objects/read-objects.ts";
import { renderObjects } from "../objects/render-objects.ts";
import { lastApplied, threeWayPatch, withLastApplied } from "../objects/three-way-merge.ts";
import { apply, common } from "../options.ts";

interface Applied {
  readonly outcome: "created" | "configured" | "unchanged";
  readonly object: Json;
}

/** How often an object is read again because somebody else changed it in between. */
const attempts = 5;

export const run: RunCommand = async (invocation) => {
  const { terminal, value } = invocation;
  const client = await connect(invocation);
  const kinds = await servedKinds(client);
  const written = await readObjects(value(common.files), kinds, terminal);
  const namespace = value(common.namespace) ?? "default";
  const dryRun = value(apply.dryRun);
  const format = value(common.objectOutput);
  const objects: Json[] = [];
  let refused = 0;
  for (const object of written) {
    try {
      const kind = kindOf(object.apiVersion, object.kind, kinds);
      const { outcome, object: result } = await applyOne(client, kind, object, namespace, dryRun);
      objects.push(result);
      if (format === undefined) {
        terminal.output.write(`${shortRef(kind, object.name)} ${outcome}${dryRun ? " (dry run)" : ""}\n`);
      }
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode === exitCodes.unreachable) throw error;
      refused += 1;
      terminal.errors.write(`error: ${object.kind} ${object.name}: ${error.message}\n${hintLine(error)}`);
    }
  }
  if (format !== undefined) terminal.output.write(await renderObjects(format, objects, kinds));
  return refused === 0 ? exitCodes.ok : exitCodes.failed;
};

function hintLine({ hint }: CliError): string {
  return hint === undefined ? "" : `${hint}\n`;
}

async function applyOne(
  client: ApiClient,
  kind: ServedKind,
  { body, name }: SourceObject,
  otherwise: string,
  dryRun: boolean,
): Promise<Applied> {
  const namespace = kind.namespaced ? (textAt(body, "metadata", "namespace") ?? otherwise) : undefined;
  const metadata = isObject(body.metadata) ? body.metadata : {};
  const wanted = withLastApplied(namespace === undefined ? body : { ...body, metadata: { ...metadata, namespace } });
  const query = { fieldManager: "weir", ...(dryRun ? { dryRun: "All" } : {}) };
  for (let attempt = 1; ; attempt++) {
    const live = await readLive(client, pathOf(kind, namespace, name));
    try {
      if (live === undefined) {
        const object = await client.send({ method: "POST", path: pathOf(kind, namespace), query, body: wanted });
        return { outcome: "created", object };
      }
      const patch = threeWayPatch(lastApplied(live), wanted, live);
      if (patch === undefined) return { outcome: "unchanged", object: live };
      const version = textAt(live, "metadata", "resourceVersion") ?? null;
      const guarded = {
        ...patch,
        metadata: { ...(isObject(patch.metadata) ? patch.metadata : {}), resourceVersion: version },
      };
      const object = await client.send({
        method: "PATCH",
        path: pathOf(kind, namespace, name),
        query,
        body: guarded,
        contentType: "application/merge-patch+json",
      });
      // What only spells out defaults is a patch, but no change: the server then keeps the version.
      const same = textAt(object, "metadata", "resourceVersion") === version;
      return { outcome: same ? "unchanged" : "configured", object };
    } catch (error) {
      const raced = error instanceof ApiError && (error.reason === "Conflict" || error.reason === "AlreadyExists");
      if (!raced || attempt === attempts) throw error;
    }
  }
}

async function readLive(client: ApiClient, path: string): Promise<JsonObject | undefined> {
  try {
    const live = await client.send({ method: "GET", path });
    return isObject(live) ? live : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
