import type { DiagnosticCode } from "../../src/model/diagnostic-codes.ts";

/** Something a person may write into a watched file that is wrong. */
export interface Mistake {
  readonly name: string;
  /** The line that ends in "# here" is the one that is to be named. */
  readonly text: string | Uint8Array;
  readonly code: DiagnosticCode;
  /** What a request gets that needs what is wrong. */
  readonly outcome?: { readonly host: string; readonly path?: string; readonly status: number };
}

function httpRoute(name: string, rules: string, parent = "edge"): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs:
    - name: ${parent}${parent === "edge" ? "" : " # here"}
  hostnames: [${name}.test]
  rules:
${rules}`;
}

function ingress(name: string, rule: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, namespace: shop }
spec:
  ingressClassName: weir
  rules:
    - host: ${name}.test
      http:
        paths:
${rule}`;
}

function tlsGateway(port: number): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: secure, namespace: shop }
spec:
  gatewayClassName: weir
  listeners:
    - name: https
      port: ${port}
      protocol: HTTPS
      tls:
        certificateRefs:
          - name: secure-tls # here
`;
}

function secret(chain: string, key: string): string {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  return `---
apiVersion: v1
kind: Secret
metadata: { name: secure-tls, namespace: shop }
type: kubernetes.io/tls
data:
  tls.crt: ${encode(chain)}
  tls.key: ${encode(key)}
`;
}

const aliases = Array.from(
  { length: 20 },
  (_, level) =>
    `a${level}: &a${level} [${Array.from({ length: 10 }, () => (level === 0 ? "x" : `*a${level - 1}`)).join(", ")}]\n`,
).join("");

/** One of each kind. `tlsPort` is free; `pair` is a certificate with its key, `strangeKey` one that is not its own. */
export function mistakes(
  tlsPort: number,
  pair: { readonly chain: string; readonly key: string },
  strangeKey: string,
): readonly Mistake[] {
  return [
    { name: "malformed YAML", text: "kind: Service\nmetadata: name: x # here\n", code: "WR0101" },
    { name: "a tab as indentation", text: "kind: Service\nmetadata:\n\tname: x # here\n", code: "WR0101" },
    { name: "no object", text: "- just # here\n- a list\n", code: "WR0102" },
    {
      name: "aliases that unfold without end",
      text: `${aliases}apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata: *a19\n`,
      code: "WR0108",
    },
    {
      name: "a document that is too deep",
      text: `a: ${"[".repeat(20_000)}${"]".repeat(20_000)} # here\n`,
      code: "WR0108",
    },
    { name: "a file that is too large", text: `# here\n${"# filler\n".repeat(700_000)}`, code: "WR0108" },
    {
      name: "text that is not UTF-8",
      text: Buffer.concat([
        Buffer.from("kind: Service\nmetadata:\n  name: "),
        Buffer.from([0xe9, 0x74, 0xe9]),
        Buffer.from(" # here\n"),
      ]),
      code: "WR0108",
    },
    {
      name: "an unknown kind",
      text: "apiVersion: example.com/v1\nkind: Teapot # here\nmetadata: { name: x }\n",
      code: "WR0104",
    },
    {
      name: "an unknown field",
      text: httpRoute("odd", "    - backendRef: [] # here\n      backendRefs: [{ name: first, port: 80 }]\n"),
      code: "WR0105",
      outcome: { host: "odd.test", status: 200 },
    },
    {
      name: "a value of the wrong type",
      text: httpRoute("odd", "    - backendRefs:\n        - name: first\n          port: eighty # here\n"),
      code: "WR0106",
      outcome: { host: "odd.test", status: 404 },
    },
    {
      name: "a missing field",
      text: ingress(
        "odd",
        "          - path: / # here\n            backend: { service: { name: first, port: { number: 80 } } }\n",
      ),
      code: "WR0107",
    },
    {
      name: "a missing service",
      text: httpRoute("odd", "    - backendRefs:\n        - name: absent # here\n          port: 80\n"),
      code: "WR0201",
      outcome: { host: "odd.test", status: 500 },
    },
    {
      name: "a missing port",
      text: httpRoute("odd", "    - backendRefs:\n        - name: first\n          port: 8080 # here\n"),
      code: "WR0202",
      outcome: { host: "odd.test", status: 500 },
    },
    {
      name: "a reference that nobody granted",
      text: httpRoute(
        "odd",
        "    - backendRefs:\n        - name: first\n          namespace: elsewhere # here\n          port: 80\n",
      ),
      code: "WR0205",
      outcome: { host: "odd.test", status: 500 },
    },
    {
      name: "a missing parent",
      text: httpRoute("odd", "    - backendRefs: [{ name: first, port: 80 }]\n", "absent"),
      code: "WR0209",
      outcome: { host: "odd.test", status: 404 },
    },
    {
      name: "a regular expression that RE2 refuses",
      text: httpRoute(
        "odd",
        "    - matches:\n        - path:\n            type: RegularExpression\n            value: /(?=a)b # here\n      backendRefs: [{ name: first, port: 80 }]\n",
      ),
      code: "WR0302",
    },
    {
      name: "an object that is there twice",
      text: `${httpRoute("odd", "    - backendRefs: [{ name: first, port: 80 }]\n")}---
apiVersion: gateway.networking.k8s.io/v1 # here
kind: HTTPRoute
metadata: { name: odd, namespace: shop }
spec: { parentRefs: [{ name: edge }], rules: [] }
`,
      code: "WR0103",
      outcome: { host: "odd.test", status: 200 },
    },
    {
      name: "a host and path that two routes claim",
      text: `${httpRoute("odd", "    - backendRefs: [{ name: first, port: 80 }]\n")}---
${httpRoute("odd", "    - backendRefs: [{ name: first, port: 80 }] # here\n").replace("name: odd", "name: pale")}`,
      code: "WR0301",
      outcome: { host: "odd.test", status: 200 },
    },
    { name: "a missing secret", text: tlsGateway(tlsPort), code: "WR0203" },
    { name: "a broken certificate", text: tlsGateway(tlsPort) + secret("no certificate", pair.key), code: "WR0204" },
    { name: "a broken key", text: tlsGateway(tlsPort) + secret(pair.chain, "no key"), code: "WR0204" },
    {
      name: "the key of another certificate",
      text: tlsGateway(tlsPort) + secret(pair.chain, strangeKey),
      code: "WR0204",
    },
  ];
}

/** The number of the line that a mistake is on, counted from 1. */
export function lineOf({ text }: Mistake): number | undefined {
  const lines = (typeof text === "string" ? text : Buffer.from(text).toString("latin1")).split("\n");
  const index = lines.findIndex((line) => line.endsWith("# here"));
  return index < 0 ? undefined : index + 1;
}
