import type { ValueType } from "./value-types.ts";

/** One setting of the control plane: how it is written, what it does, what it is when nobody says. */
export interface Setting<T> {
  /** As in the file, with dots between levels: "api.port". */
  readonly path: string;
  readonly type: ValueType<T>;
  readonly default: T;
  /** How the reference page shows the default, where the value itself would not do. */
  readonly defaultText: string;
  /** Full sentences for the reference page; the first one is also the help text of the flag. */
  readonly meaning: string;
}

export interface SettingTable {
  readonly [name: string]: Setting<unknown> | SettingTable;
}

export function setting<T>(
  path: string,
  type: ValueType<T>,
  value: T,
  meaning: string,
  defaultText = showDefault(value),
): Setting<T> {
  return { path, type, default: value, meaning, defaultText };
}

/** A setting that may stay unset. */
export function optional<T>(
  path: string,
  type: ValueType<T>,
  meaning: string,
  defaultText = "none",
): Setting<T | undefined> {
  return { path, type, default: undefined, meaning, defaultText };
}

function isSetting(entry: Setting<unknown> | SettingTable): entry is Setting<unknown> {
  return typeof entry.path === "string";
}

/** All settings of a table, in its order. */
export function listSettings(table: SettingTable): readonly Setting<unknown>[] {
  return Object.values(table).flatMap((entry) => (isSetting(entry) ? [entry] : listSettings(entry)));
}

/** The first sentence of what a setting means: the help text of its flag. */
export function summaryOf(setting: Setting<unknown>): string {
  return setting.meaning.split(/(?<=\.) /, 1)[0]?.replace(/\.$/, "") ?? "";
}

function showDefault(value: unknown): string {
  if (value instanceof Map) return value.size === 0 ? "none" : [...value].map(([key, to]) => `${key}=${to}`).join(",");
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(",");
  return String(value);
}

/** "ingress.redirectToHttps" → "WEIR_INGRESS_REDIRECT_TO_HTTPS". */
export function environmentName(path: string): string {
  return `WEIR_${words(path).join("_").toUpperCase()}`;
}

/** "ingress.redirectToHttps" → "ingress-redirect-to-https", without the dashes in front. */
export function flagName(path: string): string {
  return words(path).join("-").toLowerCase();
}

function words(path: string): string[] {
  return path.split(".").flatMap((part) => part.split(/(?=[A-Z])/));
}
