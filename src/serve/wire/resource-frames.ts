import { type HostBlock, type ResourceType, type ServedResource, typeUrls } from "../../xds/resource.ts";
import { fieldHeader, stringField } from "./protobuf.ts";

/** One `resources` field of a discovery response, in pieces that are shared by every stream. */
export interface ResourceFrame {
  readonly pieces: readonly Uint8Array[];
  readonly byteLength: number;
}

/** Pieces are joined up to this size: a copy is cheaper than a write of its own. Those of large tables are larger: they are never copied. */
const joinLimitBytes = 2 * 1024;

/** envoy.service.discovery.v3.Resource and google.protobuf.Any. */
const resourceField = { version: 1, resource: 2, name: 3 } as const;
const anyField = { typeUrl: 1, value: 2 } as const;
/** `resources` has this number in DeltaDiscoveryResponse and in DiscoveryResponse. */
const resourcesField = 2;

/** Frames each resource once, whatever the number of streams and pushes it goes to. */
export class ResourceFrames {
  readonly #delta = new WeakMap<ServedResource, ResourceFrame>();
  readonly #any = new WeakMap<ServedResource, ResourceFrame>();
  readonly #blocks = new WeakMap<HostBlock, Uint8Array>();
  readonly #typeUrlFields = new Map<ResourceType, Buffer>();
  #framed = 0;

  /** How many resources have been framed since the start; the count tests of the server rest on it. */
  get framed(): number {
    return this.#framed;
  }

  /** As a `Resource` with name and version, for the delta variant. */
  delta(resource: ServedResource): ResourceFrame {
    let frame = this.#delta.get(resource);
    if (frame === undefined) {
      const any = this.#anyPieces(resource);
      const head = Buffer.concat([
        stringField(resourceField.version, resource.version),
        stringField(resourceField.name, resource.name),
        fieldHeader(resourceField.resource, any.byteLength),
      ]);
      frame = this.#frame([head, ...any.pieces], head.length + any.byteLength);
      this.#delta.set(resource, frame);
    }
    return frame;
  }

  /** As a bare `Any`, for the state-of-the-world variant. */
  any(resource: ServedResource): ResourceFrame {
    let frame = this.#any.get(resource);
    if (frame === undefined) {
      const any = this.#anyPieces(resource);
      frame = this.#frame(any.pieces, any.byteLength);
      this.#any.set(resource, frame);
    }
    return frame;
  }

  #frame(pieces: readonly Uint8Array[], contentLength: number): ResourceFrame {
    this.#framed++;
    const all = [fieldHeader(resourcesField, contentLength), ...pieces];
    const byteLength = all.reduce((sum, piece) => sum + piece.length, 0);
    return { pieces: joinSmall(all), byteLength };
  }

  #anyPieces(resource: ServedResource): ResourceFrame {
    const value =
      resource.kind === "whole"
        ? [resource.bytes]
        : [resource.head, ...resource.blocks.map((block) => this.#blockBytes(block))];
    const valueLength = resource.kind === "whole" ? resource.bytes.length : resource.byteLength;
    const head = Buffer.concat([this.#typeUrlField(resource.type), fieldHeader(anyField.value, valueLength)]);
    return { pieces: [head, ...value], byteLength: head.length + valueLength };
  }

  #typeUrlField(type: ResourceType): Buffer {
    let field = this.#typeUrlFields.get(type);
    if (field === undefined) {
      field = stringField(anyField.typeUrl, typeUrls[type]);
      this.#typeUrlFields.set(type, field);
    }
    return field;
  }

  #blockBytes(block: HostBlock): Uint8Array {
    let bytes = this.#blocks.get(block);
    if (bytes === undefined) {
      bytes = Buffer.concat(
        block.hosts.map((host) => host.bytes),
        block.byteLength,
      );
      this.#blocks.set(block, bytes);
    }
    return bytes;
  }
}

/** Joins neighbouring pieces as long as the result stays small. Large pieces are passed on as they are. */
export function joinSmall(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  let runLength = 0;
  const flush = () => {
    const only = run[0];
    if (only !== undefined) joined.push(run.length === 1 ? only : Buffer.concat(run, runLength));
    run = [];
    runLength = 0;
  };
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    if (runLength + piece.length > joinLimitBytes) flush();
    run.push(piece);
    runLength += piece.length;
  }
  flush();
  return joined;
}
