import { kindKey, objectKey, refOf, type SourceObject } from "../../model/source-object.ts";
import type { SourceChange } from "../../sources/source.ts";
import type { ReadOverlay } from "../read-overlay.ts";

/** ConfigMaps of files in the namespace shop, as an application would hand them over. */
export class FileOverlay implements ReadOverlay {
  readonly #objects = new Map<string, SourceObject>();
  readonly #listeners = new Set<(changes: readonly SourceChange[]) => void>();
  readonly locate: ReadOverlay["locate"] = ({ object }) => ({ file: `${object.name}.yaml`, line: 12, column: 1 });

  readonly get: ReadOverlay["get"] = (ref) => this.#objects.get(objectKey(ref));
  readonly list: ReadOverlay["list"] = (kind) =>
    [...this.#objects.values()].filter((object) => kindKey(refOf(object)) === kindKey(kind));
  readonly subscribe: ReadOverlay["subscribe"] = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(name: string, value: string): void {
    const object: SourceObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "shop",
      name,
      scope: "",
      uid: "",
      generation: 1,
      creationTimestamp: "",
      labels: {},
      annotations: {},
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } },
      source: "file",
    };
    this.#objects.set(objectKey(refOf(object)), object);
    this.#tell({ key: objectKey(refOf(object)), object });
  }

  remove(name: string): void {
    const key = `/ConfigMap/shop/${name}`;
    if (this.#objects.delete(key)) this.#tell({ key, object: undefined });
  }

  #tell(change: SourceChange): void {
    for (const listener of this.#listeners) listener([change]);
  }
}
