import { contentVersion } from "./content-version.ts";
import { noRequirements } from "./requirements.ts";
import type { EncodedResource, Requirements, ResourceType } from "./resource.ts";

/** A resource that is served in one piece; its version follows from its bytes. */
export function wholeResource(
  type: ResourceType,
  name: string,
  bytes: Uint8Array,
  requires: Requirements = noRequirements,
): EncodedResource {
  return { kind: "whole", type, name, version: contentVersion(bytes), bytes, requires };
}
