import type { TestCertificates } from "../../../test/generators/certificates.ts";
import { admitSourceObject } from "../../admission/admit-source-object.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { isObject } from "../../model/json.ts";
import { formatPath, type Provenance } from "../../model/provenance.ts";
import { describeRef, type Json, type SourceObject } from "../../model/source-object.ts";
import type { Condition, StatusReport } from "../../model/status.ts";
import type { Golden } from "../../testing/golden.ts";
import type { DialectOptions } from "../dialect.ts";
import { type DialectRig, defaultOptions, setting } from "./dialect-rig.ts";
import { createPlannedRig, type PlannedRig, ruleFor } from "./requests.ts";

/**
 * Runs the objects of a golden through all dialects and shows what one of them said. `options` may hold fields of `DialectOptions` that YAML can
 * write (`ports` for the port map); `requests` asks which rules requests get, and `only` names what is shown. In Secrets, `certificate N`, `key N`, `expired certificate`, `expired key` and `strange key` stand for real texts; in Secrets and ConfigMaps so does `the authority`.
 */
export function runGolden(golden: Golden, dialect: string, certificates: TestCertificates): unknown {
  const rig = createPlannedRig(optionsOf(golden.options));
  if (!Array.isArray(golden.input)) throw new Error("input is a list of objects");
  const written: readonly Json[] = golden.input;
  const objects = written.map((object) => toSourceObject(withTexts(object, certificates)));
  for (const object of objects) assertAdmitted(object, golden.options);
  rig.apply(setting(...objects));
  const { requests, only } = extrasOf(golden.options);
  const { proxies, ...rest } = show(rig, dialect);
  const shown: Record<string, unknown> = only?.includes("proxies") === true ? { ...rest, proxies } : rest;
  if (requests.length > 0)
    shown.answers = Object.fromEntries(requests.map((request) => [request, answer(rig, request)]));
  return only === undefined ? shown : Object.fromEntries(Object.entries(shown).filter(([name]) => only.includes(name)));
}

/** A golden whose input does not count proves nothing, unless (`refused: true`) that is what it is about. */
function assertAdmitted(object: SourceObject, options: unknown): void {
  if (Object(options).refused === true) return;
  const { object: admitted, diagnostics } = admitSourceObject(object);
  if (admitted !== undefined && diagnostics.length === 0) return;
  throw new Error(`${object.kind} ${object.name}: ${diagnostics.map(({ message }) => message).join("; ")}`);
}

function extrasOf(options: unknown): { readonly requests: readonly string[]; readonly only?: readonly string[] } {
  const { requests = [], only } = Object(options);
  return { requests, only };
}

/** Which rule `GET http://host/path name=value …` gets, and where it leads; words with `=` are headers, `?name=value` query parameters. */
function answer(rig: PlannedRig, request: string): string {
  const [method = "GET", target = "", ...words] = request.split(" ");
  const url = new URL(target);
  const headers = words.map((word): [string, string] => [
    word.slice(0, word.indexOf("=")),
    word.slice(word.indexOf("=") + 1),
  ]);
  const found = ruleFor(rig, {
    scheme: url.protocol === "https:" ? "https" : "http",
    host: url.hostname,
    path: url.pathname,
    method,
    headers: Object.fromEntries(headers),
    query: Object.fromEntries(url.searchParams),
  });
  if (found === undefined) return "none";
  const { key, end } = found.rule;
  switch (end.kind) {
    case "forward":
      return `${key} → ${end.backends.map(({ target: to }) => (to.kind === "backend" ? to.backend : to.status)).join(", ")}`;
    case "redirect":
      return `${key} → ${end.status} ${end.scheme ?? ""}${end.port === undefined ? "" : `:${end.port}`}`;
    case "respond":
      return `${key} → ${end.status}`;
  }
}

function optionsOf(written: unknown): DialectOptions {
  if (typeof written !== "object" || written === null) return defaultOptions;
  const {
    ports = {},
    reservedPorts = {},
    ingress = {},
    requests: _requests,
    only: _only,
    refused: _refused,
    ...rest
  }: Record<string, unknown> = { ...written };
  const reserved = Object.entries(Object(reservedPorts)).map(([port, use]) => [Number(port), String(use)] as const);
  const portMap = new Map(Object.entries(Object(ports)).map(([from, to]) => [Number(from), Number(to)]));
  return {
    ...defaultOptions,
    ...rest,
    portMap,
    reservedPorts: new Map(reserved),
    ingress: { ...defaultOptions.ingress, ...Object(ingress) },
  };
}

export function toSourceObject(value: Json): SourceObject {
  if (!isObject(value)) throw new Error("an object is a mapping");
  const metadata = isObject(value.metadata) ? value.metadata : {};
  const texts = (field: Json | undefined): Record<string, string> =>
    isObject(field)
      ? Object.fromEntries(
          Object.entries(field).map(([name, text]) => [name, typeof text === "string" ? text : JSON.stringify(text)]),
        )
      : {};
  const text = (field: Json | undefined): string => (typeof field === "string" ? field : "");
  return {
    apiVersion: text(value.apiVersion),
    kind: text(value.kind),
    namespace: text(metadata.namespace),
    name: text(metadata.name),
    scope: "",
    uid: "",
    generation: 1,
    creationTimestamp: text(metadata.creationTimestamp),
    labels: texts(metadata.labels),
    annotations: texts(metadata.annotations),
    body: value,
    source: "file",
  };
}

function withTexts(object: Json, { good, expired, strangeKey, peers }: TestCertificates): Json {
  if (!isObject(object) || !isObject(object.data)) return object;
  if (object.kind === "ConfigMap") {
    const texts = Object.entries(object.data).map(([name, text]) => [
      name,
      text === "the authority" ? peers.authority : text,
    ]);
    return { ...object, data: Object.fromEntries(texts) };
  }
  if (object.kind !== "Secret") return object;
  const texts = new Map<string, string>([
    ...good.flatMap(({ chain, key }, index): [string, string][] => [
      [`certificate ${index}`, chain],
      [`key ${index}`, key],
    ]),
    ["expired certificate", expired.chain],
    ["expired key", expired.key],
    ["strange key", strangeKey],
    ["the authority", peers.authority],
  ]);
  const data = Object.entries(object.data).map(([name, value]): [string, Json] => {
    const text = typeof value === "string" ? (texts.get(value) ?? value) : "";
    return [name, Buffer.from(text).toString("base64")];
  });
  return { ...object, data: Object.fromEntries(data) };
}

/** Collections with something in them; origins as one line, and what never differs left out. */
function show(rig: DialectRig, dialect: string): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  const collections = dialect === "core" ? rig.core : rig.outputs.get(dialect);
  for (const [name, collection] of Object.entries(collections ?? {})) {
    const entries = [...collection.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length > 0) shown[name] = Object.fromEntries(entries.map(([key, value]) => [key, brief(value)]));
  }
  return shown;
}

const unremarkable = new Set([
  "edge",
  "proxyClass",
  "notAfter",
  "certificateChain",
  "privateKey",
  "supportedFeatures",
  "key",
]);

/** Lists that say nothing when they are empty. */
const quietLists = new Set(["set", "add", "remove", "steps"]);

function brief(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(brief);
  if (typeof value !== "object" || value === null) return value;
  if (isDiagnostic(value))
    return { [`${value.code} at ${formatPath(value.path) || "the object"}`]: value.message, hint: value.hint };
  if (isCondition(value)) return { [`${value.type} ${value.status}, ${value.reason}`]: value.message };
  if (isReport(value)) return brief(value.status);
  if (isProvenance(value)) return `${describeRef(value.object)} ${formatPath(value.path)}`.trim();
  const fields = Object.entries(value).filter(
    ([name, field]) => !isPem(field) && !unremarkable.has(name) && !(quietLists.has(name) && isEmptyList(field)),
  );
  return Object.fromEntries(fields.map(([name, field]) => [name, brief(field)]));
}

/** Made anew for each run. */
function isPem(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("-----BEGIN");
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isDiagnostic(value: object): value is Diagnostic {
  return "code" in value && "severity" in value && "path" in value;
}

function isCondition(value: object): value is Condition {
  return "type" in value && "status" in value && "reason" in value && "message" in value;
}

function isReport(value: object): value is StatusReport {
  return "object" in value && "generation" in value && "status" in value;
}

function isProvenance(value: object): value is Provenance {
  return "source" in value && "object" in value && "path" in value && Object.keys(value).length === 3;
}
