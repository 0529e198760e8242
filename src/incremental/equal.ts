/**
 * Structural equality of JSON-like values, maps, sets and byte arrays. Identical references are equal at once, which makes comparing
 * large values cheap where unchanged parts are shared.
 */
export function structurallyEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && arraysEqual(a, b);
  if (Array.isArray(b)) return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Map) return b instanceof Map && mapsEqual(a, b);
  if (a instanceof Set) return b instanceof Set && a.size === b.size && a.isSubsetOf(b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  return objectsEqual(a, b);
}

function arraysEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (!structurallyEqual(a[index], b[index])) return false;
  }
  return true;
}

function mapsEqual(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (!b.has(key) || !structurallyEqual(value, b.get(key))) return false;
  }
  return true;
}

function objectsEqual(a: object, b: object): boolean {
  const left = Object.entries(a);
  const right = Object.entries(b);
  if (left.length !== right.length) return false;
  let others: ReadonlyMap<string, unknown> | undefined;
  for (const [index, [name, value]] of left.entries()) {
    const twin = right[index];
    // Objects that are made in the same way have their fields in the same order.
    if (twin?.[0] === name) {
      if (!structurallyEqual(value, twin[1])) return false;
      continue;
    }
    others ??= new Map(right);
    if (!others.has(name) || !structurallyEqual(value, others.get(name))) return false;
  }
  return true;
}
