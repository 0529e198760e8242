import type { ResourceType } from "../xds/resource.ts";
import { type RefusedUnit, type ResourceStatus, resourceTypes, type TypeStatus } from "./registry.ts";
import type { ClientState, TypeState } from "./stream/type-state.ts";
import { partsOf } from "./stream/units.ts";

/** Whether the client has acknowledged everything and refuses nothing. */
export function isSynced(client: ClientState): boolean {
  return resourceTypes.every((type) => client[type].settled && !client[type].isolation.active);
}

/** The state of each type the client has asked for. */
export function typeStatuses(client: ClientState, now: number): ReadonlyMap<ResourceType, TypeStatus> {
  const statuses = new Map<ResourceType, TypeStatus>();
  for (const type of resourceTypes) {
    const state = client[type];
    if (!state.subscription.requested) continue;
    statuses.set(type, {
      subscribed: state.subscription.wildcard ? "all" : state.subscription.names.size,
      acknowledged: state.held.size,
      pending: new Set([...state.dirty, ...(state.outstanding?.items.keys() ?? [])]).size,
      unansweredMs: state.outstanding === undefined ? undefined : now - state.outstanding.sentAt,
      refused: refusedUnits(state),
      lastError: state.lastError,
    });
  }
  return statuses;
}

export function refusedUnits(state: TypeState): readonly RefusedUnit[] {
  return [...state.isolation.parked].map(([id, version]) => ({ ...partsOf(id), version }));
}

/** Every resource of one type that concerns the client, by name. */
export function resourceStatuses(state: TypeState): readonly ResourceStatus[] {
  const refused = new Set([...state.isolation.parked.keys()].map((id) => partsOf(id).resource));
  const names = new Set([...state.held.keys(), ...state.dirty, ...(state.outstanding?.items.keys() ?? []), ...refused]);
  return [...names].sort().map((name) => {
    const sent = state.outstanding?.items.get(name)?.version;
    const describe = (): ResourceStatus["state"] => {
      if (state.outstanding?.items.has(name) === true) return "sent";
      if (refused.has(name)) return "refused";
      return state.dirty.has(name) ? "waiting" : "acknowledged";
    };
    return { name, acknowledged: state.held.get(name)?.form.version, sent, state: describe() };
  });
}
