import type { Service, ServicePort } from "../../model/backend.ts";
import { listAt, numberAt, textAt, valueAt } from "../../model/json.ts";
import type { Json, SourceObject } from "../../model/source-object.ts";
import { origin } from "../origin.ts";

/** A Kubernetes Service as references see it; ports without a usable number are left out. */
export function readService(object: SourceObject): Service {
  const spec = object.body.spec;
  const externalName = textAt(spec, "externalName");
  const isExternal = textAt(spec, "type") === "ExternalName" && externalName !== undefined && externalName !== "";
  const ports = listAt(spec, "ports").flatMap((port) => {
    const read = readPort(port);
    return read === undefined ? [] : [read];
  });
  const base = {
    key: `${object.namespace}/${object.name}`,
    ports,
    publishNotReady: valueAt(spec, "publishNotReadyAddresses") === true,
    origin: origin(object),
  };
  if (isExternal)
    return { ...base, kind: "external-name", externalName: externalName.replace(/\.$/, "").toLowerCase() };
  const kind = textAt(spec, "clusterIP") === "None" ? "headless" : "cluster";
  const families = listAt(spec, "ipFamilies");
  const primary = families[0];
  if (primary === "IPv4" || primary === "IPv6") return { ...base, kind, primaryFamily: primary };
  return { ...base, kind };
}

function readPort(port: Json): ServicePort | undefined {
  const number = numberAt(port, "port");
  if (number === undefined) return undefined;
  const protocol = textAt(port, "protocol") ?? "TCP";
  return {
    name: textAt(port, "name") ?? "",
    port: number,
    targetPort: numberAt(port, "targetPort") ?? textAt(port, "targetPort") ?? number,
    protocol: protocol === "UDP" || protocol === "SCTP" ? protocol : "TCP",
    appProtocol: textAt(port, "appProtocol") ?? "",
  };
}
