import { createHash } from "node:crypto";
import type { EncodedRouteTable, ServedResource } from "../../xds/resource.ts";
import { diffTables } from "../table/table-diff.ts";
import type { Held } from "./type-state.ts";

/** A part of a response that can be held back on its own, and the version at which it was sent. */
export interface Unit {
  readonly id: string;
  readonly version: string;
}

/** The version under which a removal is parked. */
export const removedVersion = "";

const separator = "\u0000";

/** The unit of a resource as a whole is its name. */
export function hostUnit(table: string, host: string): string {
  return table + separator + host;
}

/** The unit of what a route table consists of besides its virtual hosts. */
export function headUnit(table: string): string {
  return table + separator;
}

/** Only known to be equal or not. */
export function headVersion(head: Uint8Array): string {
  return createHash("sha256").update(head).digest("base64url").slice(0, 16);
}

/** The resource and, where the unit is a part of a route table, the virtual host ("" for the table's head). */
export function partsOf(unit: string): { readonly resource: string; readonly host?: string } {
  const at = unit.indexOf(separator);
  return at < 0 ? { resource: unit } : { resource: unit.slice(0, at), host: unit.slice(at + 1) };
}

/** What of `name` a response asked the client to take that it did not have: where one unit is refused, the others can go without it. */
export function unitsOf(name: string, have: Held | undefined, sent: ServedResource | undefined): readonly Unit[] {
  if (sent === undefined) return have === undefined ? [] : [{ id: name, version: removedVersion }];
  if (have?.form.version === sent.version) return [];
  if (sent.kind === "whole" || have?.form.kind === "unknown") return [{ id: name, version: sent.version }];
  return tableUnits(have?.form.kind === "table" ? have.form : undefined, sent);
}

function tableUnits(have: EncodedRouteTable | undefined, sent: EncodedRouteTable): readonly Unit[] {
  const { changed } = diffTables(have, sent);
  const hosts = changed.map(({ name, to }) => ({ id: hostUnit(sent.name, name), version: to.standsFor ?? to.version }));
  if (have !== undefined && equalBytes(have.head, sent.head)) return hosts;
  return [{ id: headUnit(sent.name), version: headVersion(sent.head) }, ...hosts];
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0;
}
