import { listAt, textAt } from "../../model/json.ts";
import { ageColumn, conditionColumn, textColumn } from "../columns.ts";
import { defineKind } from "../define-kind.ts";
import { conditions, pendingConditions } from "../fields/conditions.ts";
import { labelSelector, listenerStatuses, listeners } from "../fields/listeners.ts";
import { objectName, portNumber } from "../fields/names.ts";
import { localObjectRef, objectRef, secretRef } from "../fields/references.ts";
import {
  addressValueFitsType,
  hostnameAddressesUnique,
  ipAddressesUnique,
  metadataKeyPrefixes,
  metadataKeys,
  perPortUnique,
} from "../rules/gateway.ts";
import { choice, int32, keyed, list, map, object, type Shape, text } from "../shape.ts";

const addressType = text("IPAddress, Hostname, NamedAddress, or a type of an implementation.", {
  default: "IPAddress",
  minLength: 1,
  maxLength: 253,
  pattern:
    "^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
});

const addresses = list(
  "Addresses wanted for the Gateway; chosen by the implementation if empty.",
  object(
    "An address.",
    { type: addressType, value: text("The address; any of the type if empty.", { maxLength: 253 }) },
    { rules: addressValueFitsType },
  ),
  { maxItems: 16, rules: [ipAddressesUnique, hostnameAddressesUnique] },
);

const noNamespace = { from: "None" };

const allowedListeners = object("Which ListenerSets may attach.", {
  namespaces: object(
    "Namespaces from which ListenerSets may attach.",
    {
      from: choice("Which namespaces.", ["All", "Selector", "Same", "None"], { default: "None" }),
      selector: labelSelector("Namespaces with these labels, for Selector."),
    },
    { default: noNamespace },
  ),
});

const infrastructure = object("Wishes for the objects made on behalf of the Gateway.", {
  annotations: map("Annotations to put on them.", text("The value.", { minLength: 0, maxLength: 4096 }), {
    maxProperties: 16,
    rules: [metadataKeys, metadataKeyPrefixes],
  }),
  labels: map(
    "Labels to put on them.",
    text("The value.", { minLength: 0, maxLength: 63, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$" }),
    { maxProperties: 8, rules: [metadataKeys, metadataKeyPrefixes] },
  ),
  parametersRef: localObjectRef("More settings, in an object of the implementation."),
});

const frontendTls = (description: string): Shape =>
  object(description, {
    validation: object(
      "Which client certificates are accepted.",
      {
        caCertificateRefs: list("Certificate authorities clients must have theirs from.", objectRef("An authority."), {
          minItems: 1,
          maxItems: 16,
        }),
        mode: choice(
          "What happens to clients without a valid certificate.",
          ["AllowValidOnly", "AllowInsecureFallback"],
          {
            default: "AllowValidOnly",
          },
        ),
      },
      { required: ["caCertificateRefs"] },
    ),
  });

const tls = object("TLS settings for the whole Gateway.", {
  backend: object("TLS to backends.", {
    clientCertificateRef: secretRef("The certificate the Gateway shows to backends."),
  }),
  frontend: object(
    "TLS of clients.",
    {
      default: frontendTls("For every port without settings of its own."),
      perPort: keyed(
        "For single ports.",
        ["port"],
        object(
          "Settings for one port.",
          { port: portNumber("The port."), tls: frontendTls("Its settings.") },
          { required: ["port", "tls"] },
        ),
        { maxItems: 64, rules: [perPortUnique] },
      ),
    },
    { required: ["default"] },
  ),
});

const spec = object(
  "The wanted entry point.",
  {
    addresses,
    allowedListeners,
    defaultScope: choice("Whether routes attach without naming the Gateway.", ["All", "None"]),
    gatewayClassName: objectName("Name of the GatewayClass."),
    infrastructure,
    listeners: listeners("The listeners of the Gateway."),
    tls,
  },
  { required: ["gatewayClassName", "listeners"] },
);

const pending = pendingConditions("Accepted", "Programmed");

const status = object(
  "What the controller says about the Gateway.",
  {
    addresses: list(
      "Addresses the Gateway has.",
      object(
        "An address.",
        { type: addressType, value: text("The address.", { minLength: 1, maxLength: 253 }) },
        { required: ["value"], rules: addressValueFitsType },
      ),
      { maxItems: 16 },
    ),
    attachedListenerSets: int32("Number of ListenerSets attached."),
    conditions: conditions("What is known about the Gateway.", { maxItems: 8, default: pending }),
    listeners: listenerStatuses,
  },
  { default: { conditions: pending } },
);

/** Gateway API v1.6, experimental channel. */
export const gateway = defineKind({
  group: "gateway.networking.k8s.io",
  versions: ["v1", "v1beta1"],
  kind: "Gateway",
  plural: "gateways",
  singular: "gateway",
  shortNames: ["gtw"],
  categories: ["gateway-api"],
  namespaced: true,
  hasStatus: true,
  description: "An entry point for traffic: addresses and listeners to which routes attach.",
  fields: { spec, status },
  required: ["spec"],
  columns: [
    textColumn("Class", "Name of the GatewayClass.", "spec", "gatewayClassName"),
    {
      name: "Address",
      type: "string",
      description: "Addresses of the Gateway.",
      priority: 0,
      value: (gateway) =>
        listAt(gateway, "status", "addresses")
          .map((address) => textAt(address, "value") ?? "")
          .join(","),
    },
    conditionColumn("Programmed"),
    ageColumn,
  ],
});
