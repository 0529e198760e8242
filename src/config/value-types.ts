import { similar } from "../admission/fit/similar.ts";
import { isList, isObject } from "../model/json.ts";
import type { Json } from "../model/source-object.ts";

/** A value read from what somebody wrote, or what is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string; readonly hint?: string };

/** How one kind of setting is written: as YAML in the file, as text in the environment and in flags. */
export interface ValueType<T> {
  /** As the reference page and the help show it: "port", "a duration (250ms, 2s, 1m)". */
  readonly name: string;
  readonly fromJson: (value: Json) => Parsed<T>;
  readonly fromText: (text: string) => Parsed<T>;
}

function problem(text: string, hint?: string): { readonly problem: string; readonly hint?: string } {
  return hint === undefined ? { problem: text } : { problem: text, hint };
}

function describe(value: Json): string {
  if (value === null) return "nothing";
  if (isList(value)) return "a list";
  if (isObject(value)) return "a mapping";
  return JSON.stringify(value);
}

/** A type whose YAML form is one scalar that reads like its text form. */
function scalar<T>(name: string, fromText: (text: string) => Parsed<T>): ValueType<T> {
  return {
    name,
    fromText,
    fromJson: (value) =>
      typeof value === "string" || typeof value === "number"
        ? fromText(String(value))
        : problem(`expected ${name}, found ${describe(value)}`),
  };
}

export const text: ValueType<string> = {
  ...scalar("text", (written): Parsed<string> => (written === "" ? problem("is empty") : { value: written })),
};

/** A path; `~/` at its start stands for the home directory, anything relative counts from the working directory. */
export const path: ValueType<string> = { ...text, name: "a path" };

export const toggle: ValueType<boolean> = {
  name: "true or false",
  fromJson: (value) =>
    typeof value === "boolean" ? { value } : problem(`expected true or false, found ${describe(value)}`),
  fromText: (written) => {
    if (written === "true") return { value: true };
    if (written === "false") return { value: false };
    return problem(`expected true or false, found ${JSON.stringify(written)}`);
  },
};

export function integer(minimum: number, maximum: number, name = `a number from ${minimum} to ${maximum}`) {
  return scalar(name, (written): Parsed<number> => {
    const value = /^-?\d+$/.test(written) ? Number(written) : Number.NaN;
    if (value >= minimum && value <= maximum) return { value };
    return problem(`expected a whole number from ${minimum} to ${maximum}, found ${JSON.stringify(written)}`);
  });
}

export const port = integer(1, 65535, "a port");

/** 0 lets the operating system choose a free port. */
export const portOrAny = integer(0, 65535, "a port (0: any free one)");

export function choice<const C extends string>(...options: readonly C[]): ValueType<C> {
  const name = options.join(" | ");
  return scalar(name, (written): Parsed<C> => {
    const found = options.find((option) => option === written);
    if (found !== undefined) return { value: found };
    const nearest = similar(written, options);
    return problem(
      `expected ${options.join(" or ")}, found ${JSON.stringify(written)}`,
      nearest === undefined ? undefined : `did you mean ${nearest}?`,
    );
  });
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** In milliseconds. */
export const duration = scalar("a duration (250ms, 2s, 1m)", (written): Parsed<number> => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(written);
  const unit = durationUnits[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    return problem(`expected a duration such as 250ms, 2s or 1m, found ${JSON.stringify(written)}`);
  }
  return { value: Math.round(Number(match[1]) * unit) };
});

/** `namespace/name` of an object. */
export const objectName = scalar("namespace/name", (written): Parsed<string> => {
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(written)) return { value: written };
  return problem(`expected namespace/name, found ${JSON.stringify(written)}`);
});

export interface ServicePortName {
  /** `namespace/name`. */
  readonly service: string;
  readonly port: number | string;
}

/** `namespace/name:port` of a Service; the port by number or by name. */
export const servicePort = scalar("namespace/name:port", (written): Parsed<ServicePortName> => {
  const colon = written.lastIndexOf(":");
  const service = objectName.fromText(written.slice(0, colon));
  const wantedPort = written.slice(colon + 1);
  if (colon < 0 || "problem" in service || !/^[a-z0-9-]{1,15}$|^\d+$/.test(wantedPort)) {
    return problem(`expected namespace/name:port, found ${JSON.stringify(written)}`);
  }
  return { value: { service: service.value, port: /^\d+$/.test(wantedPort) ? Number(wantedPort) : wantedPort } };
});

const addressPart = /^[0-9a-fA-F.:]+$/;

/** An IPv4 or IPv6 network: `10.0.0.0/8`, `fd00::/8`; a single address stands for itself. */
export const network = scalar("a network (10.0.0.0/8)", (written): Parsed<string> => {
  const [address = "", length, ...rest] = written.split("/");
  const bits = address.includes(":") ? 128 : 32;
  const lengthFits = length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits);
  const shaped = bits === 128 ? addressPart.test(address) : /^\d{1,3}(\.\d{1,3}){3}$/.test(address);
  if (shaped && lengthFits && rest.length === 0) return { value: `${address}/${length ?? bits}` };
  return problem(`expected a network such as 10.0.0.0/8 or fd00::/8, found ${JSON.stringify(written)}`);
});

/** A YAML list; in text the elements are separated by commas. */
export function list<T>(of: ValueType<T>, name = `a list of: ${of.name}`): ValueType<readonly T[]> {
  return {
    name,
    fromText: (written) => collect(written === "" ? [] : written.split(","), (element) => of.fromText(element.trim())),
    fromJson: (value) =>
      isList(value) ? collect(value, of.fromJson) : problem(`expected a list, found ${describe(value)}`),
  };
}

function collect<I, T>(elements: readonly I[], parse: (element: I) => Parsed<T>): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const [index, element] of elements.entries()) {
    const parsed = parse(element);
    if ("problem" in parsed) return { ...parsed, problem: `element ${index + 1}: ${parsed.problem}` };
    values.push(parsed.value);
  }
  return { value: values };
}

/** A YAML mapping; in text `key=value` pairs separated by commas. */
export function mapOf<K, V>(key: ValueType<K>, value: ValueType<V>, name: string): ValueType<ReadonlyMap<K, V>> {
  return {
    name,
    fromText: (written) => {
      const pairs = written === "" ? [] : written.split(",").map((pair) => pair.trim());
      const broken = pairs.find((pair) => !pair.includes("="));
      if (broken !== undefined) return problem(`expected key=value, found ${JSON.stringify(broken)}`);
      return entries(
        pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const),
        key.fromText,
        value.fromText,
      );
    },
    fromJson: (written) =>
      isObject(written)
        ? entries(Object.entries(written), key.fromText, (element) => value.fromJson(element ?? null))
        : problem(`expected a mapping, found ${describe(written)}`),
  };
}

function entries<I, K, V>(
  pairs: readonly (readonly [string, I])[],
  parseKey: (text: string) => Parsed<K>,
  parseValue: (element: I) => Parsed<V>,
): Parsed<ReadonlyMap<K, V>> {
  const map = new Map<K, V>();
  for (const [name, element] of pairs) {
    const key = parseKey(name);
    if ("problem" in key) return { ...key, problem: `key ${name}: ${key.problem}` };
    const value = parseValue(element);
    if ("problem" in value) return { ...value, problem: `${name}: ${value.problem}` };
    map.set(key.value, value.value);
  }
  return { value: map };
}
