import type { KindWithShape } from "./define-kind.ts";
import { accessPolicy } from "./kinds/access-policy.ts";
import { backendTlsPolicy } from "./kinds/backend-tls-policy.ts";
import { configMap } from "./kinds/config-map.ts";
import { endpointSlice } from "./kinds/endpoint-slice.ts";
import { gateway } from "./kinds/gateway.ts";
import { gatewayClass } from "./kinds/gateway-class.ts";
import { grpcRoute } from "./kinds/grpc-route.ts";
import { httpRoute } from "./kinds/http-route.ts";
import { ingress } from "./kinds/ingress.ts";
import { ingressClass } from "./kinds/ingress-class.ts";
import { listenerSet } from "./kinds/listener-set.ts";
import { namespace } from "./kinds/namespace.ts";
import { proxyClass } from "./kinds/proxy-class.ts";
import { referenceGrant } from "./kinds/reference-grant.ts";
import { secret } from "./kinds/secret.ts";
import { service } from "./kinds/service.ts";
import { tcpRoute, tlsRoute, udpRoute } from "./kinds/stream-routes.ts";

/** Every kind Weir knows, in the order in which they are listed to people. */
export const kindDefinitions: readonly KindWithShape[] = [
  namespace,
  service,
  endpointSlice,
  secret,
  configMap,
  ingressClass,
  ingress,
  gatewayClass,
  gateway,
  listenerSet,
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  udpRoute,
  referenceGrant,
  backendTlsPolicy,
  accessPolicy,
  proxyClass,
];

/** The definition of a kind; undefined for kinds Weir does not know. */
export function definitionOf(group: string, kind: string): KindWithShape | undefined {
  return kindDefinitions.find((definition) => definition.kind === kind && definition.group === group);
}
