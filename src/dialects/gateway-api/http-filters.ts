import type { Diagnostic } from "../../model/diagnostic.ts";
import { diagnose } from "../../model/diagnostic.ts";
import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { HostRewrite, PathRewrite, Redirect } from "../../model/rule.ts";
import type { Json } from "../../model/source-object.ts";
import type { HeaderEdits, Step } from "../../model/step.ts";
import { clientPort } from "../gateway-defaults.ts";
import { origin } from "../origin.ts";
import { resolveBackend, type UnresolvedReason } from "./backend-refs.ts";
import { readHeaderEdits } from "./header-filters.ts";
import type { RouteInputs } from "./route.ts";
import { type Rejection, reject } from "./value-matches.ts";

/** What the filters of a rule do to a request on its way. */
export interface RuleFilters {
  readonly steps: readonly Step[];
  readonly redirect?: Redirect;
  readonly hostRewrite?: HostRewrite;
  readonly pathRewrite?: PathRewrite;
  readonly diagnostics: readonly Diagnostic[];
  readonly unresolved?: { readonly reason: UnresolvedReason; readonly message: string };
  /** A filter that must not be skipped cannot be carried out: the rule answers 500. */
  readonly failed: boolean;
  /** A value that is not known; the rule counts as invalid and, since a filter may protect something, answers 500. */
  readonly rejection?: Rejection;
}

interface Collected {
  readonly inputs: RouteInputs;
  readonly steps: Step[];
  readonly diagnostics: Diagnostic[];
  redirect?: Redirect;
  hostRewrite?: HostRewrite;
  pathRewrite?: PathRewrite;
  unresolved?: NonNullable<RuleFilters["unresolved"]>;
  rejection?: Rejection;
  failed: boolean;
}

/** Reads the filters of a rule (HTTPRouteFilter, GRPCRouteFilter), in their order. */
export function readFilters(inputs: RouteInputs, filters: readonly Json[], path: FieldPath): RuleFilters {
  const found: Collected = { inputs, steps: [], diagnostics: [], failed: false };
  filters.forEach((filter, index) => {
    readFilter(found, filter, [...path, index]);
  });
  if (found.redirect !== undefined && (found.hostRewrite !== undefined || found.pathRewrite !== undefined)) {
    const message = "RequestRedirect and URLRewrite cannot be combined.";
    refuse(found, reject(inputs.object, path, "WR0303", message, "Remove one of them."));
  }
  return found;
}

/** Filters of one backend: only header edits can be told apart by backend. */
export function readBackendFilters(
  { object }: RouteInputs,
  filters: readonly Json[],
  path: FieldPath,
): { readonly steps: readonly Step[]; readonly problem?: Diagnostic } {
  const steps: Step[] = [];
  for (const [index, filter] of filters.entries()) {
    const type = textAt(filter, "type") ?? "";
    const where = origin(object, ...path, index);
    if (type === "RequestHeaderModifier") {
      const edits = readHeaderEdits(valueAt(filter, "requestHeaderModifier"));
      if (!touchesHost(edits)) {
        steps.push({ kind: "request-headers", ...edits, origin: where });
        continue;
      }
    } else if (type === "ResponseHeaderModifier") {
      const edits = readHeaderEdits(valueAt(filter, "responseHeaderModifier"));
      steps.push({ kind: "response-headers", ...edits, origin: where });
      continue;
    }
    const message = `Filter ${type} cannot be applied to one backend; requests to it are answered 500.`;
    const hint =
      "Move it to the filters of the rule; RequestHeaderModifier (other than Host) and ResponseHeaderModifier work here.";
    return { steps: [], problem: diagnose("WR0303", where, message, hint) };
  }
  return { steps };
}

function readFilter(found: Collected, filter: Json, path: FieldPath): void {
  const { object } = found.inputs;
  const where = origin(object, ...path);
  const type = textAt(filter, "type") ?? "";
  switch (type) {
    case "RequestHeaderModifier":
      readRequestHeaders(found, filter, path);
      return;
    case "ResponseHeaderModifier": {
      const edits = readHeaderEdits(valueAt(filter, "responseHeaderModifier"));
      found.steps.push({ kind: "response-headers", ...edits, origin: where });
      return;
    }
    case "RequestMirror":
      readMirror(found, valueAt(filter, "requestMirror"), [...path, "requestMirror"]);
      return;
    case "RequestRedirect":
      readRedirect(found, valueAt(filter, "requestRedirect"), [...path, "requestRedirect"]);
      return;
    case "URLRewrite":
      readRewrite(found, valueAt(filter, "urlRewrite"), [...path, "urlRewrite"]);
      return;
    case "CORS":
      readCors(found, valueAt(filter, "cors"), [...path, "cors"]);
      return;
    case "ExtensionRef":
      readExtension(found, valueAt(filter, "extensionRef"), [...path, "extensionRef"]);
      return;
    default: {
      const message = `Filter ${type} is not supported; the rule answers 500.`;
      refuse(found, reject(object, [...path, "type"], "WR0303", message, "Remove the filter."));
    }
  }
}

function refuse(found: Collected, { rejection }: { readonly rejection: Rejection }): void {
  found.rejection ??= rejection;
  found.diagnostics.push(rejection.diagnostic);
  found.failed = true;
}

/** Envoy cannot edit Host as a header; setting it is what a host rewrite does. */
function readRequestHeaders(found: Collected, filter: Json, path: FieldPath): void {
  const { object } = found.inputs;
  const edits = readHeaderEdits(valueAt(filter, "requestHeaderModifier"));
  const host = edits.set.find((header) => header.name === "host");
  if (host !== undefined) found.hostRewrite ??= { kind: "literal", value: host.value };
  const rest = { ...edits, set: edits.set.filter((header) => header !== host) };
  if (touchesHost(rest)) {
    const message = "Host can be set, but neither added to nor removed.";
    refuse(found, reject(object, [...path, "requestHeaderModifier"], "WR0303", message, "Use set or a URLRewrite."));
  }
  if (rest.set.length + rest.add.length + rest.remove.length === 0) return;
  found.steps.push({ kind: "request-headers", ...rest, origin: origin(object, ...path) });
}

function touchesHost(edits: HeaderEdits): boolean {
  return [...edits.set, ...edits.add].some((header) => header.name === "host") || edits.remove.includes("host");
}

function readMirror(found: Collected, mirror: Json | undefined, path: FieldPath): void {
  const { object, kind, core, context } = found.inputs;
  const resolved = resolveBackend(
    object,
    kind,
    valueAt(mirror, "backendRef") ?? null,
    [...path, "backendRef"],
    core,
    context,
  );
  if (resolved.kind !== "backend") {
    found.diagnostics.push(resolved.diagnostic);
    if (resolved.kind === "unresolved") {
      found.unresolved ??= { reason: resolved.reason, message: resolved.diagnostic.message };
    }
    return;
  }
  const fraction = valueAt(mirror, "fraction");
  const share =
    fraction === undefined
      ? { numerator: numberAt(mirror, "percent") ?? 100, denominator: 100 }
      : { numerator: numberAt(fraction, "numerator") ?? 0, denominator: numberAt(fraction, "denominator") ?? 100 };
  found.steps.push({ kind: "mirror", backend: resolved.key, ...share, origin: origin(object, ...path) });
}

function readRedirect(found: Collected, redirect: Json | undefined, path: FieldPath): void {
  const { object } = found.inputs;
  const scheme = textAt(redirect, "scheme");
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    const message = `A redirect cannot lead to the scheme ${scheme}.`;
    refuse(found, reject(object, [...path, "scheme"], "WR0303", message, "Use http or https."));
    return;
  }
  const status = readStatus(numberAt(redirect, "statusCode") ?? 302);
  if (status === undefined) {
    const message = "The status of a redirect must be 301, 302, 303, 307 or 308.";
    refuse(found, reject(object, [...path, "statusCode"], "WR0303", message, "Use one of these."));
    return;
  }
  const modifier = readPathModifier(found, valueAt(redirect, "path"), [...path, "path"]);
  const host = textAt(redirect, "hostname");
  const port = redirectPort(found, scheme, numberAt(redirect, "port"));
  found.redirect = {
    kind: "redirect",
    status,
    ...(scheme === undefined ? {} : { scheme }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(modifier === undefined ? {} : { path: modifier }),
  };
}

function readStatus(status: number): Redirect["status"] | undefined {
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return status;
    default:
      return undefined;
  }
}

/** Where clients use other ports than the written ones, redirects must name those. */
function redirectPort(
  { inputs: { options } }: Collected,
  scheme: "http" | "https" | undefined,
  port: number | undefined,
): number | undefined {
  if (port !== undefined) return clientPort(options, port);
  if (scheme === undefined) return undefined;
  const usual = scheme === "https" ? 443 : 80;
  const used = clientPort(options, usual);
  return used === usual ? undefined : used;
}

function readRewrite(found: Collected, rewrite: Json | undefined, path: FieldPath): void {
  const host = textAt(rewrite, "hostname");
  if (host !== undefined) found.hostRewrite = { kind: "literal", value: host };
  const modifier = readPathModifier(found, valueAt(rewrite, "path"), [...path, "path"]);
  if (modifier !== undefined) found.pathRewrite = modifier;
}

function readPathModifier(found: Collected, modifier: Json | undefined, path: FieldPath): PathRewrite | undefined {
  if (modifier === undefined) return undefined;
  const type = textAt(modifier, "type") ?? "";
  switch (type) {
    case "ReplaceFullPath":
      return { kind: "full", value: textAt(modifier, "replaceFullPath") ?? "" };
    case "ReplacePrefixMatch":
      return { kind: "prefix", value: textAt(modifier, "replacePrefixMatch") ?? "" };
    default: {
      const message = `Path modifier ${type} is not known.`;
      const hint = "Use ReplaceFullPath or ReplacePrefixMatch.";
      refuse(found, reject(found.inputs.object, [...path, "type"], "WR0303", message, hint));
      return undefined;
    }
  }
}

function readCors(found: Collected, cors: Json | undefined, path: FieldPath): void {
  const texts = (field: string) => listAt(cors, field).filter((value) => typeof value === "string");
  found.steps.push({
    kind: "cors",
    allowOrigins: texts("allowOrigins"),
    allowMethods: texts("allowMethods"),
    allowHeaders: texts("allowHeaders"),
    exposeHeaders: texts("exposeHeaders"),
    allowCredentials: valueAt(cors, "allowCredentials") === true,
    maxAgeSeconds: numberAt(cors, "maxAge") ?? 5,
    origin: origin(found.inputs.object, ...path),
  });
}

/** No extension filters are known: such a filter must not be skipped, so its requests are answered 500. */
function readExtension(found: Collected, ref: Json | undefined, path: FieldPath): void {
  const kind = textAt(ref, "kind") ?? "";
  const message = `Filter ${kind} of ${textAt(ref, "group") ?? ""} is not known; the rule answers 500.`;
  found.diagnostics.push(diagnose("WR0206", origin(found.inputs.object, ...path), message, "Remove the filter."));
  found.unresolved ??= { reason: "InvalidKind", message };
  found.failed = true;
}
