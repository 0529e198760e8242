import { type ResourceType, typeUrls } from "../../xds/resource.ts";
import { frameHeaderBytes, writeFrameHeader } from "../grpc/frame.ts";
import { fieldHeader, stringField } from "./protobuf.ts";
import { joinSmall, type ResourceFrame } from "./resource-frames.ts";

/** envoy.service.discovery.v3.DeltaDiscoveryResponse and DiscoveryResponse, ControlPlane. */
const deltaField = { systemVersionInfo: 1, typeUrl: 4, nonce: 5, removedResources: 6, controlPlane: 7 } as const;
const stateField = { nonce: 5, controlPlane: 6 } as const;
const identifierField = 1;

/** Puts framed resources into discovery responses, ready for the wire: gRPC message header included. */
export class Envelopes {
  readonly #controlPlane: { readonly delta: Buffer; readonly state: Buffer };
  readonly #typeUrls = new Map<string, Buffer>();
  #latestRevision: { readonly text: string; readonly field: Buffer } = { text: "", field: Buffer.alloc(0) };

  /** `controlPlane` identifies this server to proxies; it shows in Envoy's `control_plane.identifier` statistic. */
  constructor(controlPlane: string) {
    const identifier = stringField(identifierField, controlPlane);
    this.#controlPlane = {
      delta: Buffer.concat([fieldHeader(deltaField.controlPlane, identifier.length), identifier]),
      state: Buffer.concat([fieldHeader(stateField.controlPlane, identifier.length), identifier]),
    };
  }

  /** A DeltaDiscoveryResponse. `typeUrl` is free text because types unknown to Weir are answered too. */
  delta(
    typeUrl: string,
    nonce: string,
    revision: string,
    resources: readonly ResourceFrame[],
    removed: readonly string[],
  ): readonly Uint8Array[] {
    return message(
      [
        this.#revision(revision),
        this.#typeUrl(typeUrl),
        stringField(deltaField.nonce, nonce),
        this.#controlPlane.delta,
        ...removed.map((name) => stringField(deltaField.removedResources, name)),
      ],
      resources,
    );
  }

  /** A DiscoveryResponse of the state-of-the-world variant. */
  stateOfTheWorld(
    type: ResourceType,
    nonce: string,
    revision: string,
    resources: readonly ResourceFrame[],
  ): readonly Uint8Array[] {
    return message(
      [
        this.#revision(revision),
        this.#typeUrl(typeUrls[type]),
        stringField(stateField.nonce, nonce),
        this.#controlPlane.state,
      ],
      resources,
    );
  }

  /** The field has the same number in both variants, and the same value in most responses that follow each other. */
  #revision(revision: string): Buffer {
    if (this.#latestRevision.text !== revision) {
      this.#latestRevision = { text: revision, field: stringField(deltaField.systemVersionInfo, revision) };
    }
    return this.#latestRevision.field;
  }

  #typeUrl(typeUrl: string): Buffer {
    let field = this.#typeUrls.get(typeUrl);
    if (field === undefined) {
      field = stringField(deltaField.typeUrl, typeUrl);
      if (isServed(typeUrl)) this.#typeUrls.set(typeUrl, field);
    }
    return field;
  }
}

function isServed(typeUrl: string): boolean {
  return Object.values<string>(typeUrls).includes(typeUrl);
}

/** Messages up to this size are put into one buffer, so that they cost one write. */
const singleBufferBytes = 16 * 1024;

function message(fields: readonly Uint8Array[], resources: readonly ResourceFrame[]): readonly Uint8Array[] {
  let length = frameHeaderBytes;
  for (const field of fields) length += field.length;
  for (const { byteLength } of resources) length += byteLength;
  if (length > singleBufferBytes) {
    const header = Buffer.allocUnsafe(frameHeaderBytes);
    writeFrameHeader(header, length - frameHeaderBytes);
    return joinSmall([header, ...fields, ...resources.flatMap((frame) => frame.pieces)]);
  }
  const bytes = Buffer.allocUnsafe(length);
  writeFrameHeader(bytes, length - frameHeaderBytes);
  let at = frameHeaderBytes;
  const append = (piece: Uint8Array) => {
    bytes.set(piece, at);
    at += piece.length;
  };
  for (const field of fields) append(field);
  for (const { pieces } of resources) for (const piece of pieces) append(piece);
  return [bytes];
}
