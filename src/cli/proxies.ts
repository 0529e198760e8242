import { isObject, listAt, objectAt, textAt, valueAt } from "../model/json.ts";
import type { Json, JsonObject } from "../model/source-object.ts";
import type { ApiClient } from "./api-client.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";

/** A connected proxy as the API tells of it. */
export interface ProxyRow {
  readonly node: string;
  readonly class: string;
  readonly agent: string;
  readonly connectedSince: string;
  readonly synced: boolean;
  /** The replica of the control plane that it is connected to, where there can be several. */
  readonly replica: string | undefined;
  /** Types of resources of which the proxy refused something, each with what it said. */
  readonly refusals: readonly { readonly type: string; readonly error: string }[];
}

export function readProxies(answer: Json): readonly ProxyRow[] {
  return listAt(answer).filter(isObject).map(readProxy);
}

function readProxy(proxy: JsonObject): ProxyRow {
  return {
    node: textAt(proxy, "node") ?? "",
    class: textAt(proxy, "class") ?? "",
    agent: textAt(proxy, "agent") ?? "",
    connectedSince: textAt(proxy, "connectedSince") ?? "",
    synced: valueAt(proxy, "synced") === true,
    replica: textAt(proxy, "replica"),
    refusals: Object.entries(objectAt(proxy, "types")).flatMap(([type, status]) =>
      listAt(status, "refused").length === 0 ? [] : [{ type, error: textAt(status, "lastError") ?? "" }],
    ),
  };
}

/** The proxy that was named, by its whole name or an end of it; the only one where none was. */
export async function chooseProxy(client: ApiClient, wanted: string | undefined): Promise<string> {
  const proxies = readProxies(await client.send({ method: "GET", path: "/weir/v1/proxies" }));
  const names = [...new Set(proxies.map(({ node }) => node))];
  const fitting = wanted === undefined ? names : names.filter((node) => node === wanted || node.endsWith(`/${wanted}`));
  const [only, another] = fitting;
  if (only !== undefined && another === undefined) return only;
  if (names.length === 0)
    throw new CliError("no proxy is connected", "`weir up` runs one, or `weir dp` beside `weir cp`");
  const list = `connected are: ${names.join(", ")}`;
  if (wanted === undefined) throw new CliError("say which proxy", list, exitCodes.usage);
  throw new CliError(fitting.length === 0 ? `no proxy ${wanted} is connected` : `${wanted} fits several proxies`, list);
}

export function proxyPath(node: string, what: "config" | "stats"): string {
  return `/weir/v1/proxies/${encodeURIComponent(node)}/${what}`;
}
