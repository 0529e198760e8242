import { listAt, textAt } from "../model/json.ts";
import type { SourceObject } from "../model/source-object.ts";
import { isCertificateName } from "./server-certificate.ts";

/** `weir.dev/certificates: development` on an Ingress or a Gateway asks for the Secrets it names. */
export const certificatesAnnotation = "weir.dev/certificates";
const wantedValue = "development";

/** The names each Secret (`namespace/name`) is to be for, sorted; Secrets of several objects are for the names of all of them. */
export type WantedCertificates = ReadonlyMap<string, readonly string[]>;

export function wantedCertificates(
  ingresses: Iterable<SourceObject>,
  gateways: Iterable<SourceObject>,
): WantedCertificates {
  const wanted = new Map<string, Set<string>>();
  const want = (secret: string, names: readonly string[]): void => {
    const known = wanted.get(secret) ?? new Set();
    for (const name of names) if (isCertificateName(name)) known.add(name.toLowerCase());
    wanted.set(secret, known);
  };
  for (const ingress of ingresses) {
    if (ingress.annotations[certificatesAnnotation] !== wantedValue) continue;
    for (const entry of listAt(ingress.body, "spec", "tls")) {
      const secret = textAt(entry, "secretName");
      const hosts = listAt(entry, "hosts").filter((host) => typeof host === "string");
      if (secret !== undefined) want(`${ingress.namespace}/${secret}`, hosts);
    }
  }
  for (const gateway of gateways) {
    if (gateway.annotations[certificatesAnnotation] !== wantedValue) continue;
    for (const listener of listAt(gateway.body, "spec", "listeners")) {
      const hostname = textAt(listener, "hostname") ?? "localhost";
      for (const reference of listAt(listener, "tls", "certificateRefs")) {
        const name = textAt(reference, "name");
        const kind = textAt(reference, "kind") ?? "Secret";
        const namespace = textAt(reference, "namespace") ?? gateway.namespace;
        // A Secret elsewhere is its own namespace's affair.
        if (name !== undefined && kind === "Secret" && namespace === gateway.namespace) {
          want(`${namespace}/${name}`, [hostname]);
        }
      }
    }
  }
  return new Map(
    [...wanted].flatMap(([secret, names]) => (names.size === 0 ? [] : [[secret, [...names].toSorted()] as const])),
  );
}
