import type { Context } from "../../incremental/collection.ts";
import type { Backend } from "../../model/backend.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { FieldPath } from "../../model/provenance.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import type { JwtProvider, JwtStep } from "../../model/step.ts";
import { protocolOf } from "../../references/app-protocol.ts";
import { externalBackendKey, serviceBackendKey } from "../../references/backend-key.ts";
import { parseDuration } from "../../references/duration.ts";
import { isPermitted } from "../../references/grants.ts";
import { describePorts, findServicePort } from "../../references/service-port.ts";
import { serviceKind } from "../core/kinds.ts";
import type { CoreCollections } from "../dialect.ts";
import { origin } from "../origin.ts";
import { broken, refuse, type SectionStep, textsAt } from "./access-rules.ts";
import { accessPolicyKind } from "./kinds.ts";

/** How long fetched keys are used where nothing is said. */
const defaultCacheSeconds = 600;
const connectTimeoutMs = 5000;

export interface TokenSection extends SectionStep<JwtStep> {
  /** Servers of keys that are no Services. */
  readonly backends: readonly Backend[];
}

/** `spec.jwt`. A provider whose keys cannot be had makes the whole section refuse. */
export function readTokens(
  object: SourceObject,
  instance: string,
  core: CoreCollections,
  context: Context,
): TokenSection | undefined {
  const jwt = valueAt(object.body, "spec", "jwt");
  if (jwt === undefined) return undefined;
  const path = ["spec", "jwt"] as const;
  const problems: Diagnostic[] = [];
  const backends: Backend[] = [];
  const providers = listAt(jwt, "providers").flatMap((provider, index) => {
    const at = [...path, "providers", index];
    const keys = readKeys(object, provider, at, core, context);
    if ("problem" in keys) {
      problems.push(keys.problem);
      return [];
    }
    if (keys.backend !== undefined) backends.push(keys.backend);
    return [readProvider(object, provider, at, keys.keys)];
  });
  if (providers.length === 0 && problems.length === 0) {
    problems.push(broken(object, [...path, "providers"], "The policy names no token provider.", "Add one."));
  }
  const step: JwtStep = {
    kind: "jwt",
    instance,
    providers,
    allowMissing: valueAt(jwt, "allowMissing") === true,
    origin: origin(object, ...path),
  };
  if (problems.length > 0) return { step: refuse(object, path, problems), problems, backends: [] };
  return { step, problems, backends };
}

function readProvider(object: SourceObject, provider: Json, path: FieldPath, keys: JwtProvider["keys"]): JwtProvider {
  return {
    name: textAt(provider, "name") ?? "",
    issuer: textAt(provider, "issuer") ?? "",
    audiences: textsAt(provider, "audiences"),
    keys,
    fromHeaders: listAt(provider, "fromHeaders").map((header) => ({
      name: textAt(header, "name") ?? "",
      prefix: textAt(header, "prefix") ?? "",
    })),
    fromQueryParameters: textsAt(provider, "fromQueryParameters"),
    claimsToHeaders: listAt(provider, "claimsToHeaders").map((entry) => ({
      claim: textAt(entry, "claim") ?? "",
      header: textAt(entry, "header") ?? "",
    })),
    forward: valueAt(provider, "forward") === true,
    origin: origin(object, ...path),
  };
}

type Keys = { readonly keys: JwtProvider["keys"]; readonly backend?: Backend } | { readonly problem: Diagnostic };

function readKeys(object: SourceObject, provider: Json, at: FieldPath, core: CoreCollections, context: Context): Keys {
  const inline = textAt(provider, "jwks", "inline");
  if (inline !== undefined) return { keys: { kind: "inline", jwks: inline } };
  const remote = valueAt(provider, "jwks", "remote");
  const path = [...at, "jwks", "remote"];
  const text = textAt(remote, "url") ?? "";
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    const message = `${JSON.stringify(text)} is no http or https URL.`;
    return { problem: broken(object, [...path, "url"], message, "Write the address of the key set in full.") };
  }
  const duration = textAt(remote, "cacheDuration");
  const cacheMs = duration === undefined ? undefined : parseDuration(duration);
  const cacheSeconds =
    cacheMs === undefined || cacheMs === 0 ? defaultCacheSeconds : Math.max(1, Math.round(cacheMs / 1000));
  const keysAt = (backend: string): JwtProvider["keys"] => ({ kind: "remote", url: url.href, backend, cacheSeconds });
  const ref = valueAt(remote, "backendRef");
  if (ref === undefined) {
    const backend = externalBackend(object, url, [...path, "url"]);
    return { keys: keysAt(backend.key), backend };
  }
  const found = serviceBackend(object, ref, url, [...path, "backendRef"], core, context);
  if ("problem" in found) return found;
  return "backend" in found ? { keys: keysAt(found.backend.key), backend: found.backend } : { keys: keysAt(found.key) };
}

function externalBackend(object: SourceObject, url: URL, path: FieldPath): Backend {
  const tls = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  return {
    key: externalBackendKey(host, port, tls),
    ...protocolFor(url, host),
    location: { kind: "dns", host, port },
    connectTimeoutMs,
    origin: origin(object, ...path),
  };
}

function protocolFor(url: URL, host: string): Pick<Backend, "protocol" | "tls"> {
  if (url.protocol !== "https:") return { protocol: "http1" };
  return {
    protocol: "tls-http1",
    tls: { serverName: host, trust: { kind: "system" }, subjectAltNames: [{ kind: "dns", value: host }] },
  };
}

/** A Service that serves the keys in place of the URL's host; with https its certificate must be for that host. */
function serviceBackend(
  object: SourceObject,
  ref: Json,
  url: URL,
  path: FieldPath,
  core: CoreCollections,
  context: Context,
): { readonly key: string } | { readonly backend: Backend } | { readonly problem: Diagnostic } {
  const group = textAt(ref, "group") ?? "";
  const kind = textAt(ref, "kind") ?? "Service";
  const namespace = textAt(ref, "namespace") ?? object.namespace;
  const name = textAt(ref, "name") ?? "";
  const key = `${namespace}/${name}`;
  if (group !== "" || kind !== "Service") {
    return {
      problem: broken(
        object,
        [...path, "kind"],
        `Keys cannot come from an object of kind ${kind}.`,
        "Refer to a Service.",
      ),
    };
  }
  const grants = namespace === object.namespace ? [] : context.group(core.grants, namespace);
  const from = { ...accessPolicyKind, namespace: object.namespace };
  if (!isPermitted(grants, from, { ...serviceKind, namespace, name })) {
    const message = `Service ${key} is in another namespace, and no ReferenceGrant there permits AccessPolicies of ${object.namespace} to use it.`;
    return {
      problem: broken(object, [...path, "namespace"], message, `Add a ReferenceGrant to namespace ${namespace}.`),
    };
  }
  const service = context.get(core.services, key);
  if (service === undefined) {
    const message = `Service ${key} does not exist.`;
    return { problem: broken(object, [...path, "name"], message, "Create it, or correct its name.") };
  }
  const number = numberAt(ref, "port") ?? 0;
  const port = findServicePort(service, number);
  if (port === undefined) {
    const message = `Service ${key} has no TCP port ${number}.`;
    return { problem: broken(object, [...path, "port"], message, `Its TCP ports: ${describePorts(service)}.`) };
  }
  if (url.protocol === "https:") {
    const location =
      service.kind === "external-name"
        ? ({ kind: "dns", host: service.externalName ?? "", port: port.port } as const)
        : ({ kind: "endpoints", set: `${key}/${port.port}` } as const);
    const plain = serviceBackendKey(namespace, name, port.port, "http1");
    const backend = {
      key: `${plain}~tls-${url.hostname}`,
      ...protocolFor(url, url.hostname),
      location,
      connectTimeoutMs,
      origin: service.origin,
    };
    return { backend };
  }
  const protocol = protocolOf(service, port, "http1");
  if (protocol.kind === "unsupported") {
    const message = `Service ${key}, port ${number}: ${protocol.reason}.`;
    return { problem: broken(object, [...path, "port"], message, "Use an https URL, or another appProtocol.") };
  }
  return { key: serviceBackendKey(namespace, name, port.port, protocol.variant, protocol.policy) };
}
