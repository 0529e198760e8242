import { create, type DescMessage, fromBinary, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import { encode } from "./encode.ts";

/** The URL under which a message type travels in `google.protobuf.Any`, and under which xDS names resource types. */
export function typeUrl(schema: DescMessage): string {
  return `type.googleapis.com/${schema.typeName}`;
}

/** Packs a message, or what one is created from, into `google.protobuf.Any`. Equal messages give equal bytes. */
export function packAny<Desc extends DescMessage>(
  schema: Desc,
  init: MessageShape<Desc> | MessageInitShape<Desc>,
): Any {
  return create(AnySchema, { typeUrl: typeUrl(schema), value: encode(schema, create(schema, init)) });
}

/** The message in `any`, or undefined when it holds another type. Throws when its bytes cannot be decoded. */
export function unpackAny<Desc extends DescMessage>(schema: Desc, any: Any): MessageShape<Desc> | undefined {
  return any.typeUrl === typeUrl(schema) ? fromBinary(schema, any.value) : undefined;
}
