import type { Collection, Context, Group } from "../../incremental/collection.ts";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import type { Listener, ListenerTls } from "../../model/gateway.ts";
import { listAt, textAt } from "../../model/json.ts";
import type { Provenance } from "../../model/provenance.ts";
import { describeRef, type SourceObject } from "../../model/source-object.ts";
import type { CoreCollections, DialectOptions } from "../dialect.ts";
import { clientPort } from "../gateway-defaults.ts";
import { origin } from "../origin.ts";
import { hostsOf } from "./hosts.ts";
import { hostSection, listenerKey } from "./sections.ts";

/** One host that one entry of an Ingress's TLS section covers. */
export interface TlsHost {
  readonly gateway: string;
  readonly host: string;
  /** `namespace/name` of the Secret; undefined where the entry leaves it to the default certificate. */
  readonly secret?: string;
  readonly creationTimestamp: string;
  /** Tells entries of one age apart. */
  readonly name: string;
  readonly origin: Provenance;
}

/** The hosts of an Ingress's TLS section. An entry without hosts covers those of the Ingress's rules. */
export function tlsHostsOf(object: SourceObject, gateway: string): readonly TlsHost[] {
  return listAt(object.body, "spec", "tls").flatMap((entry, index) => {
    const written = listAt(entry, "hosts").flatMap((host) =>
      typeof host === "string" && host !== "" ? [host.toLowerCase()] : [],
    );
    const own = hostsOf(object);
    const hosts = written.length > 0 ? written : own.length > 0 ? own : ["*"];
    const secretName = textAt(entry, "secretName");
    const base = {
      gateway,
      creationTimestamp: object.creationTimestamp,
      name: `${object.namespace}/${object.name}/${String(index).padStart(4, "0")}`,
      origin: origin(object, "spec", "tls", index),
    };
    const named =
      secretName === undefined || secretName === "" ? base : { ...base, secret: `${object.namespace}/${secretName}` };
    return [...new Set(hosts)].map((host) => ({ ...named, host }));
  });
}

export function compareTlsHosts(a: TlsHost, b: TlsHost): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * The HTTPS listener of one host: the oldest usable certificate that an Ingress gives it, else the default one. Without any its list is empty and
 * connections for that host are not served.
 */
export function httpsListener(
  entries: readonly TlsHost[],
  core: CoreCollections,
  options: DialectOptions,
  context: Context,
): Listener | undefined {
  const first = entries[0];
  if (first === undefined) return undefined;
  const chosen = entries.find(
    ({ secret }) => secret !== undefined && context.get(core.certificates, secret) !== undefined,
  );
  const certificates = chosen?.secret === undefined ? defaultCertificates(core, options, context) : [chosen.secret];
  const { origin: where } = chosen ?? first;
  return makeListener(first.gateway, first.host, certificates, where, options);
}

/** The listener that serves unknown hosts and those without a certificate of their own; its rules are those of every HTTPS host. */
export function makeListener(
  gateway: string,
  host: string,
  certificates: readonly string[],
  where: Provenance,
  options: DialectOptions,
): Listener {
  const section = hostSection(host);
  const port = clientPort(options, options.ingress.httpsPort);
  const tls: ListenerTls = { mode: "terminate", certificates, minimumVersion: "1.2", alpn: ["h2", "http/1.1"] };
  return {
    key: listenerKey(gateway, section),
    gateway,
    proxyClass: options.proxyClassOf(gateway),
    section,
    port,
    bindPort: port,
    protocol: "https",
    hostname: host,
    tls,
    isolation: "shared",
    detectMisdirected: false,
    origin: where,
  };
}

/** The installation's default certificate, if it is configured and usable. */
export function defaultCertificates(
  core: CoreCollections,
  options: DialectOptions,
  context: Context,
): readonly string[] {
  const { defaultCertificate } = options.ingress;
  if (defaultCertificate === undefined) return [];
  return context.get(core.certificates, defaultCertificate) === undefined ? [] : [defaultCertificate];
}

/** What is wrong with the TLS section of an Ingress that is served. */
export function diagnoseTls(
  object: SourceObject,
  gateway: string,
  tlsByHost: Group<TlsHost>,
  core: CoreCollections,
  options: DialectOptions,
  context: Context,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const fallback =
    defaultCertificates(core, options, context).length > 0
      ? "its hosts get the default certificate"
      : "its hosts are not served over HTTPS";
  listAt(object.body, "spec", "tls").forEach((entry, index) => {
    const name = textAt(entry, "secretName");
    if (name === undefined || name === "") {
      if (defaultCertificates(core, options, context).length > 0) return;
      const message =
        "The entry names no Secret and there is no default certificate: its hosts are not served over HTTPS.";
      found.push(diagnose("WR0203", origin(object, "spec", "tls", index), message, "Set secretName."));
      return;
    }
    const where = origin(object, "spec", "tls", index, "secretName");
    const secret = `${object.namespace}/${name}`;
    if (context.get(core.certificates, secret) !== undefined) return;
    const reason = context.get(core.brokenCertificates, secret);
    if (reason === undefined) {
      const hint = "Create a Secret of type kubernetes.io/tls with this name.";
      found.push(diagnose("WR0203", where, `Secret ${secret} does not exist: ${fallback}.`, hint));
    } else {
      const hint = "Put the certificate chain into tls.crt and its unencrypted key into tls.key.";
      found.push(diagnose("WR0204", where, `Secret ${secret} ${reason}: ${fallback}.`, hint));
    }
  });
  return [...found, ...diagnoseOverruled(object, gateway, tlsByHost, core.certificates, context)];
}

function diagnoseOverruled(
  object: SourceObject,
  gateway: string,
  tlsByHost: Group<TlsHost>,
  certificates: Collection<unknown>,
  context: Context,
): Diagnostic[] {
  return tlsHostsOf(object, gateway).flatMap((own) => {
    if (own.secret === undefined) return [];
    const entries = context.group(tlsByHost, `${gateway}|${own.host}`);
    const chosen = entries.find(
      ({ value }) => value.secret !== undefined && context.get(certificates, value.secret) !== undefined,
    );
    if (chosen === undefined || chosen.value.secret === own.secret || compareTlsHosts(chosen.value, own) >= 0)
      return [];
    const by = describeRef(chosen.value.origin.object);
    const message = `${by} comes first and gives ${own.host} the certificate in Secret ${chosen.value.secret ?? ""}.`;
    return [diagnose("WR0301", own.origin, message, "Use one Secret for each host.")];
  });
}
