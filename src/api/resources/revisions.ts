import type { Cursor } from "../../sources/store/store.ts";

/**
 * A point in what the API shows: the store's own history, and the changes of objects that are not in the store (of files) since this
 * process started. `overlay` is 0 for the revision of a stored object: everything outside the store that happened after it is later.
 */
export interface Revision {
  readonly store: Cursor;
  readonly overlay: number;
}

const OVERLAY_DIGITS = 10;

/**
 * Kubernetes wants one decimal integer that rises. The store's cursor stands in front; the counter of changes outside the store takes
 * the last ten digits and starts anew, higher, with every process, so that a version from an earlier process can be told. The front part
 * is one higher than the cursor: "0" has a meaning of its own to clients.
 */
export function encodeRevision({ store, overlay }: Revision): string {
  return `${BigInt(store) + 1n}${String(overlay).padStart(OVERLAY_DIGITS, "0")}`;
}

/** Undefined for what this API cannot have given out. */
export function decodeRevision(text: string): Revision | undefined {
  const match = /^([1-9]\d{0,14})(\d{10})$/.exec(text);
  if (match === null) return undefined;
  return { store: String(BigInt(match[1] ?? 1) - 1n), overlay: Number(match[2]) };
}

/** The revision of an object in the store. */
export function storedRevision(cursor: Cursor): string {
  return encodeRevision({ store: cursor, overlay: 0 });
}

/**
 * Where the counter of a process starts: tenths of a second since 2026. Ten digits last for three decades, and no process makes more
 * than ten changes a second over its whole life.
 */
export function firstOverlayRevision(now: number): number {
  return Math.max(1, Math.floor((now - Date.UTC(2026, 0, 1)) / 100));
}

export function isAfter(a: Revision, b: Revision): boolean {
  const difference = BigInt(a.store) - BigInt(b.store);
  return difference > 0n || (difference === 0n && a.overlay > b.overlay);
}
