import { isIPv4, isIPv6 } from "node:net";
import { type Diagnostic, diagnose } from "../../model/diagnostic.ts";
import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { origin } from "../origin.ts";

/** One EndpointSlice, conditions already weighed (discovery.k8s.io/v1, EndpointConditions). */
export interface Slice {
  /** `<ns>/<name>` of the service that the slice belongs to; empty where its label is missing. */
  readonly service: string;
  readonly addressType: "IPv4" | "IPv6" | "FQDN";
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
}

export interface SlicePort {
  readonly name: string;
  /** Undefined stands for all ports: the service's own number is used then. */
  readonly port?: number;
  readonly protocol: "TCP" | "UDP";
}

export interface SliceEndpoint {
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zone?: string;
}

const serviceLabel = "kubernetes.io/service-name";

/** Reads a slice; all addresses of an endpoint count, since the API calls them interchangeable. */
export function readSlice(object: SourceObject): Slice {
  const service = object.labels[serviceLabel];
  const addressType = addressTypeOf(object);
  return {
    service: service === undefined || service === "" ? "" : `${object.namespace}/${service}`,
    addressType,
    ports: listAt(object.body, "ports").flatMap(readPort),
    endpoints: listAt(object.body, "endpoints").flatMap((endpoint) => readEndpoint(endpoint, addressType)),
  };
}

/** What is wrong with a slice, address by address. */
export function diagnoseSlice(object: SourceObject): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const addressType = addressTypeOf(object);
  listAt(object.body, "endpoints").forEach((endpoint, index) => {
    listAt(endpoint, "addresses").forEach((address, at) => {
      if (typeof address === "string" && isUsable(address, addressType)) return;
      const where = origin(object, "endpoints", index, "addresses", at);
      const message = `${JSON.stringify(address)} is no ${addressType === "FQDN" ? "host name" : `${addressType} address`}.`;
      found.push(
        diagnose("WR0212", where, message, "Correct the address, or set addressType to what the addresses are."),
      );
    });
  });
  if ((object.labels[serviceLabel] ?? "") === "") {
    const where = origin(object, "metadata", "labels");
    const message = `The slice belongs to no Service: it has no label ${serviceLabel}.`;
    found.push(diagnose("WR0212", where, message, `Add the label with the Service's name.`));
  }
  return found;
}

function addressTypeOf(object: SourceObject): Slice["addressType"] {
  const type = textAt(object.body, "addressType");
  return type === "IPv6" || type === "FQDN" ? type : "IPv4";
}

function readPort(port: Json): SlicePort[] {
  const protocol = textAt(port, "protocol") ?? "TCP";
  if (protocol !== "TCP" && protocol !== "UDP") return [];
  const name = textAt(port, "name") ?? "";
  const number = numberAt(port, "port");
  return [number === undefined ? { name, protocol } : { name, protocol, port: number }];
}

/** Unset conditions: ready counts as true, serving as ready, terminating as false. */
function readEndpoint(endpoint: Json, addressType: Slice["addressType"]): SliceEndpoint[] {
  const ready = valueAt(endpoint, "conditions", "ready") !== false;
  const serving = valueAt(endpoint, "conditions", "serving");
  const zone = textAt(endpoint, "zone");
  const state = {
    ready,
    serving: typeof serving === "boolean" ? serving : ready,
    terminating: valueAt(endpoint, "conditions", "terminating") === true,
  };
  return listAt(endpoint, "addresses").flatMap((address) => {
    if (typeof address !== "string" || !isUsable(address, addressType)) return [];
    return [zone === undefined ? { address, ...state } : { address, ...state, zone }];
  });
}

function isUsable(address: string, addressType: Slice["addressType"]): boolean {
  switch (addressType) {
    case "IPv4":
      return isIPv4(address);
    case "IPv6":
      return isIPv6(address) && !address.includes("%");
    case "FQDN":
      return (
        address.length <= 253 &&
        /^[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?)*\.?$/.test(address)
      );
  }
}
