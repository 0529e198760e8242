import type { Configuration } from "../config/configuration.ts";
import type { DialectOptions } from "../dialects/dialect.ts";
import { reservedPorts } from "../provision/gateway-objects.ts";
import { type ProxyClasses, proxyClassOf } from "./proxy-classes.ts";

/** What dialects need to know of the configuration. */
export function dialectOptions(configuration: Configuration, classes: ProxyClasses): DialectOptions {
  const { ports, gatewayController, ingressController, ingress, clientAddress, edge } = configuration;
  return {
    proxyClassOf: proxyClassOf(classes),
    portMap: ports,
    ...(configuration.kubernetes.enabled ? { reservedPorts } : {}),
    gatewayController,
    ingressController,
    ingress,
    clientAddress,
    edge,
  };
}
