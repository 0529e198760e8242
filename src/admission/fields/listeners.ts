import {
  certificateOrOptions,
  listenerNamesUnique,
  listenersDistinct,
  noHostnameForPlainTransport,
  noTlsForPlainProtocols,
  terminateForHttps,
  tlsModeForTls,
} from "../rules/listeners.ts";
import { choice, int32, keyed, list, map, object, type Shape, text } from "../shape.ts";
import { conditions } from "./conditions.ts";
import { groupName, hostname, kindNameField, portNumber, sectionName } from "./names.ts";
import { secretRef } from "./references.ts";

/** What Gateway and ListenerSet have in common. */

export const labelSelector = (description: string): Shape =>
  object(
    description,
    {
      matchExpressions: list(
        "Requirements that must all hold.",
        object(
          "A requirement on one label.",
          {
            key: text("Name of the label."),
            operator: text("In, NotIn, Exists or DoesNotExist."),
            values: list("Values for In and NotIn.", text("A value.")),
          },
          { required: ["key", "operator"] },
        ),
      ),
      matchLabels: map("Labels that must have exactly these values.", text("The value.")),
    },
    { "x-kubernetes-map-type": "atomic" },
  );

const routeGroupKind = object(
  "A kind of route.",
  {
    group: groupName("API group of the kind.", { default: "gateway.networking.k8s.io" }),
    kind: kindNameField("The kind."),
  },
  { required: ["kind"] },
);

const sameNamespace = { from: "Same" };

const allowedRoutes = object(
  "Which routes may attach.",
  {
    kinds: list("Kinds of routes; those the protocol allows if empty.", routeGroupKind, { maxItems: 8 }),
    namespaces: object(
      "Namespaces from which routes may attach.",
      {
        from: choice("Which namespaces.", ["All", "Selector", "Same"], { default: "Same" }),
        selector: labelSelector("Namespaces with these labels, for Selector."),
      },
      { default: sameNamespace },
    ),
  },
  { default: { namespaces: sameNamespace } },
);

const tls = object(
  "How TLS is handled.",
  {
    certificateRefs: list("Certificates to show, Secrets of type kubernetes.io/tls.", secretRef("A certificate."), {
      maxItems: 64,
    }),
    mode: choice("Whether TLS ends here or is passed on.", ["Terminate", "Passthrough"], { default: "Terminate" }),
    options: map("Settings of an implementation.", text("The value.", { minLength: 0, maxLength: 4096 }), {
      maxProperties: 16,
    }),
  },
  { rules: [certificateOrOptions] },
);

const listener = object(
  "One port and protocol, for one host or all.",
  {
    allowedRoutes,
    hostname: hostname("The host served; all hosts if empty."),
    name: sectionName("Name of the listener."),
    port: portNumber("The port."),
    protocol: text("HTTP, HTTPS, TLS, TCP, UDP, or a name of an implementation.", {
      minLength: 1,
      maxLength: 255,
      pattern:
        "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$",
    }),
    tls,
  },
  { required: ["name", "port", "protocol"] },
);

export const listeners = (description: string): Shape =>
  keyed(description, ["name"], listener, {
    minItems: 1,
    maxItems: 64,
    rules: [
      noTlsForPlainProtocols,
      terminateForHttps,
      tlsModeForTls,
      noHostnameForPlainTransport,
      listenerNamesUnique,
      listenersDistinct,
    ],
  });

export const listenerStatuses = keyed(
  "One entry for each listener.",
  ["name"],
  object(
    "State of a listener.",
    {
      attachedRoutes: int32("Number of routes attached."),
      conditions: conditions("What is known about the listener.", { maxItems: 8 }),
      name: sectionName("Name of the listener."),
      supportedKinds: list("Kinds of routes it serves.", routeGroupKind, { maxItems: 8 }),
    },
    { required: ["attachedRoutes", "conditions", "name"] },
  ),
  { maxItems: 64 },
);
