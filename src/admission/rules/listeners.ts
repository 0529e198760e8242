import { isList, listAt, numberAt, objectAt, textAt, valueAt } from "../../model/json.ts";
import type { Json } from "../../model/source-object.ts";
import type { RuleViolation } from "../kind-definition.ts";
import type { FieldRule } from "../shape.ts";

/** Rules about the listeners of Gateway and ListenerSet. */

function eachListener(name: string, check: (listener: Json, index: number) => RuleViolation | undefined): FieldRule {
  return {
    name,
    check: (listeners) =>
      isList(listeners) ? listeners.flatMap((listener, index) => check(listener, index) ?? []) : [],
  };
}

const protocolOf = (listener: Json): string => textAt(listener, "protocol") ?? "";

export const noTlsForPlainProtocols = eachListener("listener-no-tls-for-plain-protocols", (listener, index) =>
  ["HTTP", "TCP", "UDP"].includes(protocolOf(listener)) && valueAt(listener, "tls") !== undefined
    ? {
        path: [index, "tls"],
        message: `is not allowed for protocol ${protocolOf(listener)}`,
        hint: "Use protocol HTTPS or TLS.",
      }
    : undefined,
);

export const terminateForHttps = eachListener("listener-https-terminates", (listener, index) => {
  const mode = textAt(listener, "tls", "mode");
  if (protocolOf(listener) !== "HTTPS" || mode === undefined || mode === "" || mode === "Terminate") return undefined;
  return {
    path: [index, "tls", "mode"],
    message: "must be Terminate for protocol HTTPS",
    hint: "Passthrough needs TLS.",
  };
});

export const tlsModeForTls = eachListener("listener-tls-has-mode", (listener, index) =>
  protocolOf(listener) === "TLS" && (textAt(listener, "tls", "mode") ?? "") === ""
    ? { path: [index, "tls"], message: "is required for protocol TLS" }
    : undefined,
);

export const noHostnameForPlainTransport = eachListener("listener-no-hostname-for-tcp-udp", (listener, index) =>
  ["TCP", "UDP"].includes(protocolOf(listener)) && (textAt(listener, "hostname") ?? "") !== ""
    ? { path: [index, "hostname"], message: `is not allowed for protocol ${protocolOf(listener)}` }
    : undefined,
);

function unique(name: string, keyOf: (listener: Json) => string, message: (first: string) => string): FieldRule {
  return {
    name,
    check: (listeners) => {
      if (!isList(listeners)) return [];
      const seen = new Map<string, string>();
      return listeners.flatMap((listener, index) => {
        const key = keyOf(listener);
        const first = seen.get(key);
        if (first === undefined) seen.set(key, textAt(listener, "name") ?? "");
        return first === undefined ? [] : [{ path: [index], message: message(first) }];
      });
    },
  };
}

export const listenerNamesUnique = unique(
  "listener-names-unique",
  (listener) => textAt(listener, "name") ?? "",
  (first) => `another listener is named "${first}" too`,
);

export const listenersDistinct = unique(
  "listeners-distinct",
  (listener) =>
    JSON.stringify([numberAt(listener, "port"), protocolOf(listener), textAt(listener, "hostname") ?? null]),
  (first) => `has the same port, protocol and hostname as the listener "${first}"`,
);

export const certificateOrOptions: FieldRule = {
  name: "terminate-needs-certificate",
  check: (tls) => {
    if (textAt(tls, "mode") !== "Terminate") return [];
    if (listAt(tls, "certificateRefs").length > 0 || Object.keys(objectAt(tls, "options")).length > 0) return [];
    return [
      {
        path: ["certificateRefs"],
        message: "is required to terminate TLS",
        hint: "Name a Secret of type kubernetes.io/tls.",
      },
    ];
  },
};
