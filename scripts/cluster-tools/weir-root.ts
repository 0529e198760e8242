/** Fills a folder with what is in the image of the control plane. */
import { resolve } from "node:path";
import { fillRoot } from "./images.ts";
import { findClusterPlaces } from "./places.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("weir-root.ts needs a folder");
await fillRoot("weir", resolve(folder), {
  places: findClusterPlaces(process.env),
  environment: process.env,
  say: (message) => void process.stderr.write(`image-root: ${message}\n`),
});
