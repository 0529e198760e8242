import type { StatusReport } from "../model/status.ts";

export function isGateway({ object }: StatusReport): boolean {
  return object.kind === "Gateway" && object.group === "gateway.networking.k8s.io";
}

/** Whether proxies decide about the object's Programmed condition: it is a Gateway, or a ListenerSet of one. */
export function isProgrammable(report: StatusReport): boolean {
  return isGateway(report) || report.programmedBy !== undefined;
}

/** The gateway (`namespace/name`) whose proxies decide. */
export function decidingGateway({ object, programmedBy }: StatusReport): string {
  return programmedBy ?? `${object.namespace}/${object.name}`;
}
