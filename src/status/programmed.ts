import type { Condition, StatusReport, StatusValue } from "../model/status.ts";
import type { AddressState } from "./addresses.ts";

/** What is known of the proxies of one class. */
export interface ProxyClassState {
  readonly connected: number;
  /** Proxies that have acknowledged everything they were sent of the current configuration. */
  readonly synced: number;
  /** Text of the first refusal that is in effect, if any proxy refuses something. */
  readonly refusal?: string;
}

/**
 * Adds the Programmed condition to the status of a Gateway or ListenerSet and to those of its listeners: true when at least one proxy has
 * acknowledged this generation and none refuses it (Gateway API, GatewayConditionProgrammed).
 * @param addresses where it is known whether the gateway can be reached: without any address it is not programmed.
 */
export function addProgrammed(report: StatusReport, state: ProxyClassState, addresses?: AddressState): StatusValue {
  const { status } = report;
  if (!isRecord(status)) return status;
  const own = conditionsOf(status.conditions);
  const listeners = Array.isArray(status.listeners) ? status.listeners : [];
  const subject = report.programmedBy === undefined ? "Gateway" : "ListenerSet";
  const lacking = addresses?.lacking;
  const running = programmed(own, state, subject, lacking);
  const unreachable = running.status === "True" ? addresses?.problem : undefined;
  const gateway = unreachable === undefined ? running : outOfReach(subject, unreachable);
  return {
    ...status,
    conditions: [...own.filter(({ type }) => type !== "Programmed"), gateway].map(asValue),
    listeners: listeners.map((listener: StatusValue) => {
      if (!isRecord(listener)) return listener;
      const conditions = conditionsOf(listener.conditions);
      const condition =
        gateway.status === "False" && (gateway.reason === "Invalid" || gateway.reason === "ParentNotProgrammed")
          ? gateway
          : programmed(conditions, state, "Listener", lacking);
      return {
        ...listener,
        conditions: [...conditions.filter(({ type }) => type !== "Programmed"), condition].map(asValue),
      };
    }),
  };
}

function outOfReach(
  subject: "Gateway" | "ListenerSet",
  { reason, message }: NonNullable<AddressState["problem"]>,
): Condition {
  return condition("False", subject === "Gateway" ? reason : noProxyReasons[subject], message);
}

const noProxyReasons = { Gateway: "NoResources", ListenerSet: "ParentNotProgrammed", Listener: "Pending" } as const;

function programmed(
  conditions: readonly Condition[],
  state: ProxyClassState,
  subject: keyof typeof noProxyReasons,
  lacking: AddressState["lacking"],
): Condition {
  const said = conditions.find(({ type }) => type === "Programmed");
  if (said?.status === "False") return said;
  // The dialect serves what it can of a listener with an unresolved reference, and says so by leaving the condition open.
  const servedInPart = said?.status === "Unknown";
  const failed = conditions.find(
    ({ type, status }) =>
      (type === "Accepted" || (subject === "Listener" && type === "ResolvedRefs" && !servedInPart)) &&
      status === "False",
  );
  if (failed !== undefined) return condition("False", "Invalid", `${failed.type} is false: ${failed.message}`);
  if (state.refusal !== undefined)
    return condition("False", "Invalid", `A proxy refuses the configuration: ${state.refusal}`);
  if (state.connected === 0) {
    const reason = subject === "Gateway" ? lacking?.reason : undefined;
    return condition("False", reason ?? noProxyReasons[subject], lacking?.message ?? "No proxy is connected.");
  }
  if (state.synced === 0) return condition("False", "Pending", "No proxy has acknowledged this configuration yet.");
  return condition("True", "Programmed", "A proxy has acknowledged this configuration.");
}

function condition(status: Condition["status"], reason: string, message: string): Condition {
  return { type: "Programmed", status, reason, message };
}

function asValue({ type, status, reason, message }: Condition): StatusValue {
  return { type, status, reason, message };
}

function conditionsOf(value: StatusValue | undefined): Condition[] {
  if (!Array.isArray(value)) return [];
  const list: Condition[] = [];
  for (const item of value as readonly StatusValue[]) {
    if (!isRecord(item)) continue;
    const { type, status, reason, message } = item;
    if (typeof type !== "string" || typeof reason !== "string" || typeof message !== "string") continue;
    if (status === "True" || status === "False" || status === "Unknown") list.push({ type, status, reason, message });
  }
  return list;
}

function isRecord(value: StatusValue | undefined): value is { readonly [name: string]: StatusValue | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
