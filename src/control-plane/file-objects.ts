import type { ReadOverlay } from "../api/read-overlay.ts";
import type { LocatePosition } from "../model/provenance.ts";
import { type GroupKind, type ObjectRef, objectKey, refOf, type SourceObject } from "../model/source-object.ts";
import type { SourceChange } from "../sources/source.ts";
import type { ControlPlane } from "./control-plane.ts";

/** The objects that sources other than the store own, as the API shows them: as admitted, with their statuses. */
export class FileObjects implements ReadOverlay {
  readonly #controlPlane: ControlPlane;
  readonly locate: LocatePosition;

  constructor(controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
    this.locate = controlPlane.locate;
  }

  get(ref: ObjectRef): SourceObject | undefined {
    const object = this.#controlPlane.pipeline.intake.objects(ref).get(objectKey(ref));
    return object === undefined || object.source === "store" ? undefined : this.#withStatus(object);
  }

  *list(kind: GroupKind): Iterable<SourceObject> {
    for (const [, object] of this.#controlPlane.pipeline.intake.objects(kind).entries()) {
      if (object.source !== "store") yield this.#withStatus(object);
    }
  }

  subscribe(listener: (changes: readonly SourceChange[]) => void): () => void {
    const { intake } = this.#controlPlane.pipeline;
    const ends = [...intake.collections()].map((collection) =>
      collection.subscribe((changes) => {
        const own = [...changes].filter(([, { before, after }]) =>
          [before, after].some((object) => object !== undefined && object.source !== "store"),
        );
        const list = own.map(([key, { after }]) => ({
          key,
          object: after === undefined || after.source === "store" ? undefined : this.#withStatus(after),
        }));
        if (list.length > 0) listener(list);
      }),
    );
    ends.push(
      this.#controlPlane.onRememberedStatus((ref) => {
        const object = this.get(ref);
        if (object !== undefined) listener([{ key: objectKey(ref), object }]);
      }),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  #withStatus(object: SourceObject): SourceObject {
    const status = this.#controlPlane.rememberedStatus(refOf(object));
    return status === undefined ? object : { ...object, body: { ...object.body, status } };
  }
}
