import { isList, isObject, numberAt, textAt } from "../../../model/json.ts";
import type { Json } from "../../../model/source-object.ts";
import { frameHeaderBytes, writeFrameHeader } from "../../../serve/grpc/frame.ts";
import type { ConnectedProxy } from "../../../serve/registry.ts";

/**
 * What replicas tell each other, as JSON in gRPC messages. A replica of a release that tells other things serves other paths: what does not fit is
 * answered with UNIMPLEMENTED and left alone.
 */
export const replicaPaths = {
  /** The proxies connected to the one that is asked, and from then on what changes. The caller says nothing. */
  follow: "/weir.replicas.v1.Replicas/Follow",
  /** One question, one answer. */
  ask: "/weir.replicas.v1.Replicas/Ask",
} as const;

/** One proxy as the replica that it is connected to tells of it. */
export interface ProxyReport {
  /** Distinguishes streams of one replica. */
  readonly id: number;
  readonly node: string;
  readonly proxyClass: string;
  readonly agent: string;
  readonly variant: ConnectedProxy["variant"];
  readonly peer: string;
  /** RFC 3339. */
  readonly connectedSince: string;
  /** The latest generations of its Gateway (`Generations.of`) that the proxy acknowledged in full; "" before the first. */
  readonly acknowledged: string;
  /** What the proxy says about what it refuses; undefined where it refuses nothing. */
  readonly refusal: string | undefined;
}

/** What happened since the message before; the first one tells all there is. */
export interface ProxyNews {
  readonly changed: readonly ProxyReport[];
  readonly gone: readonly number[];
}

/** What one replica may ask another. */
export type ReplicaQuestion =
  /** Its proxies, as `GET /weir/v1/proxies` shows them. */
  | { readonly kind: "proxies" }
  /** What one of its proxies is served, as `GET /weir/v1/proxies/<node>/config` shows it. */
  | { readonly kind: "config"; readonly node: string };

/** A message with its frame header. */
export function framed(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  const message = Buffer.alloc(frameHeaderBytes + Buffer.byteLength(text));
  writeFrameHeader(message, message.length - frameHeaderBytes);
  message.write(text, frameHeaderBytes);
  return message;
}

/** Undefined where the bytes are something else. */
export function readNews(bytes: Buffer): ProxyNews | undefined {
  const value = parsed(bytes);
  if (!isObject(value) || !isList(value.changed) || !isList(value.gone)) return undefined;
  const changed = value.changed.map(readReport).filter((report) => report !== undefined);
  const gone = value.gone.filter((id) => typeof id === "number");
  if (changed.length !== value.changed.length || gone.length !== value.gone.length) return undefined;
  return { changed, gone };
}

/** Undefined where the bytes are something else, or ask what this release does not know. */
export function readQuestion(bytes: Buffer): ReplicaQuestion | undefined {
  const value = parsed(bytes);
  const node = textAt(value, "node");
  switch (textAt(value, "kind")) {
    case "proxies":
      return { kind: "proxies" };
    case "config":
      return node === undefined ? undefined : { kind: "config", node };
    default:
      return undefined;
  }
}

/** Undefined where the bytes are no JSON. */
export function parsed(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function readReport(value: Json): ProxyReport | undefined {
  const id = numberAt(value, "id");
  const node = textAt(value, "node");
  const proxyClass = textAt(value, "proxyClass");
  const acknowledged = textAt(value, "acknowledged");
  if (id === undefined || node === undefined || proxyClass === undefined || acknowledged === undefined)
    return undefined;
  return {
    id,
    node,
    proxyClass,
    agent: textAt(value, "agent") ?? "",
    variant: textAt(value, "variant") === "state-of-the-world" ? "state-of-the-world" : "delta",
    peer: textAt(value, "peer") ?? "",
    connectedSince: textAt(value, "connectedSince") ?? "",
    acknowledged,
    refusal: textAt(value, "refusal"),
  };
}
