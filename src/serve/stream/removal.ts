import { leaves } from "../../xds/requirements.ts";
import type { EncodedRouteTable, Requirements, ResourceType } from "../../xds/resource.ts";
import type { TableCache } from "../table/table-cache.ts";
import type { ClientState } from "./type-state.ts";

/** The types whose resources can name a resource of the given type. Endpoints are named by clusters in a field of their own. */
const users: { readonly [Type in ResourceType]: readonly ResourceType[] } = {
  cluster: ["extension", "listener", "route"],
  secret: ["cluster", "extension", "listener", "route"],
  extension: ["listener", "route"],
  endpoint: ["cluster"],
  listener: [],
  route: [],
};

/**
 * Whether something the client has, or may be about to have, still uses a resource of `type`.
 *
 * Build one for each pass: it looks at whole resources once, at route tables for each name. What the client has in an
 * unknown form is taken to use everything.
 */
export function usage(client: ClientState, type: ResourceType, tables: TableCache): (name: string) => boolean {
  const names = new Set<string>();
  const routeTables: EncodedRouteTable[] = [];
  for (const user of users[type]) {
    for (const form of client[user].forms()) {
      if (form.kind === "unknown") return () => true;
      if (form.kind === "table") routeTables.push(form);
      else if (type === "endpoint") {
        if (form.endpoints !== undefined) names.add(form.endpoints);
      } else for (const part of leaves(form.requires)) for (const name of required(part, type)) names.add(name);
    }
  }
  return (name) => names.has(name) || routeTables.some((table) => tables.uses(table, type, name));
}

/** What `requires` itself names of `type`. */
export function required(requires: Requirements, type: ResourceType): readonly string[] {
  switch (type) {
    case "cluster":
      return requires.clusters;
    case "secret":
      return requires.secrets;
    case "extension":
      return requires.extensions;
    case "endpoint":
    case "listener":
    case "route":
      return [];
  }
}
