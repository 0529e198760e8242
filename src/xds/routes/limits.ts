/** Bytes of a response that the proxy gives itself; Envoy takes 4,096 unless the route table says otherwise. */
export const MAXIMUM_RESPONSE_BODY = 65_536;
