/** What a demo backend was asked, whatever the protocol. */
export interface DemoRequest {
  readonly method: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
  readonly protocol: "HTTP/1.1" | "HTTP/2";
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface DemoIdentity {
  readonly name: string;
  readonly version: string;
}

export interface DemoAnswer {
  readonly status: number;
  readonly delayMs: number;
  readonly body: string;
}

const longestDelayMs = 60_000;

/**
 * Who answers and what reached it, as JSON: so that a person sees what the proxy did. `?status=503` and `?delay=200` (milliseconds)
 * make it misbehave on purpose.
 */
export function answer(request: DemoRequest, identity: DemoIdentity): DemoAnswer {
  const query = new URLSearchParams(request.path.split("?", 2)[1] ?? "");
  const { method, host, path, protocol, body } = request;
  const headers = Object.fromEntries(
    Object.entries(request.headers)
      .filter(([name]) => !name.startsWith(":"))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const told = {
    service: identity.name,
    version: identity.version,
    host,
    method,
    path,
    protocol,
    headers,
    ...(body === "" ? {} : { body }),
  };
  return {
    status: integerBetween(query.get("status"), 200, 599) ?? 200,
    delayMs: integerBetween(query.get("delay"), 0, longestDelayMs) ?? 0,
    body: `${JSON.stringify(told, null, 2)}\n`,
  };
}

function integerBetween(text: string | null, minimum: number, maximum: number): number | undefined {
  if (text === null || !/^\d{1,6}$/.test(text)) return undefined;
  return Math.min(Math.max(Number(text), minimum), maximum);
}
