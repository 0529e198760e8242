import type { Dialect } from "./dialect.ts";
import { gatewayApi } from "./gateway-api/gateway-api.ts";
import { ingress } from "./ingress/ingress.ts";
import { weir } from "./weir/weir.ts";

/** Every dialect Weir speaks. Where two say something under one key, the earlier one counts. */
export const dialects: readonly Dialect[] = [gatewayApi, ingress, weir];
