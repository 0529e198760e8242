import type { ResourceType } from "../../xds/resource.ts";
import { splitSuspects } from "./isolation.ts";
import type { Outstanding, TypeState } from "./type-state.ts";
import { partsOf, type Unit, unitsOf } from "./units.ts";

/**
 * Decides what to do about a response that the client refused: parks the unit that is known to be at fault, or starts a search among several.
 * Everything the response held is dirty again. Returns what was parked.
 */
export function takeRefusal(state: TypeState, refused: Outstanding, message: string): readonly Unit[] {
  const units = [...refused.items].flatMap(([name, form]) => unitsOf(name, state.held.get(name), form));
  const culprits = findCulprits(state, units, message);
  const isCulprit = (name: string) => culprits.some(({ id }) => partsOf(id).resource === name);
  for (const [name, form] of refused.items) {
    state.touch(name);
    if (!state.subscription.covers(name) || units.length === 0) state.uncertain.delete(name);
    else if (refused.items.size > 1 && !isCulprit(name)) {
      const isGood = culprits.length > 0;
      const earlier = isGood ? [] : (state.uncertain.get(name)?.forms ?? []);
      state.uncertain.set(name, { forms: [...earlier, form], isGood });
    }
    if (state.uncertain.has(name)) state.ask(name);
  }
  for (const { id, version } of culprits) {
    state.isolation.park(id, version);
    const { forms = [] } = state.uncertain.get(id) ?? {};
    if (forms.at(-1)?.version === version) state.uncertain.delete(id);
  }
  if (culprits.length > 0 || units.length === 0) {
    state.isolation.next();
    return culprits;
  }
  const heads = units.filter(({ id }) => partsOf(id).host === "").map(({ id }) => id);
  const others = units.map(({ id }) => id).filter((id) => !heads.includes(id));
  const groups = splitSuspects(others, (id) => mentions(message, nameOf(id)));
  state.isolation.search([...heads.map((id) => [id]), ...groups]);
  return [];
}

function findCulprits(state: TypeState, units: readonly Unit[], message: string): readonly Unit[] {
  if (units.length === 1) return units;
  if (state.unlisted) return units;
  const named = namedByEnvoy(state.type, message);
  return named === undefined ? [] : units.filter(({ id }) => named(id));
}

/** What a person, and Envoy, would call the unit: the virtual host where it is one. */
function nameOf(unit: string): string {
  const { resource, host } = partsOf(unit);
  return host ?? resource;
}

/**
 * Envoy takes the good ones among several clusters or listeners and names the others: "Error adding/updating cluster(s) a: why, b: why".
 */
function namedByEnvoy(type: ResourceType, message: string): ((name: string) => boolean) | undefined {
  if (type !== "cluster" && type !== "listener") return undefined;
  const start = `Error adding/updating ${type}(s) `;
  const at = message.indexOf(start);
  if (at < 0) return undefined;
  const list = message.slice(at + start.length);
  return (name) => list.startsWith(`${name}: `) || list.includes(`, ${name}: `) || list.includes(`\n${name}: `);
}

/** Whether `name` stands in the message as a word of its own. */
function mentions(message: string, name: string): boolean {
  if (name === "") return false;
  for (let at = message.indexOf(name); at >= 0; at = message.indexOf(name, at + 1)) {
    if (!isNameCharacter(message[at - 1]) && !isNameCharacter(message[at + name.length])) return true;
  }
  return false;
}

function isNameCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\w./~*-]/.test(character);
}
