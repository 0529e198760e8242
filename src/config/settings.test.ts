import assert from "node:assert/strict";
import { test } from "node:test";
import { buildConfiguration, type ReadSetting } from "./configuration.ts";
import { findPlaces } from "./places.ts";
import { environmentName, flagName, listSettings, type SettingTable, summaryOf } from "./setting.ts";
import { settings } from "./settings.ts";

test("every setting stands in the table where its path says", () => {
  for (const setting of listSettings(settings)) {
    let place: unknown = settings;
    for (const step of setting.path.split(".")) {
      place = new Map<string, unknown>(Object.entries(Object(place))).get(step);
    }
    assert.equal(place, setting, setting.path);
  }
});

test("every setting takes part in the configuration", () => {
  const read = new Set<string>();
  const readDefault: ReadSetting = (setting) => {
    read.add(setting.path);
    return setting.default;
  };
  const places = findPlaces({ HOME: "/home/somebody" });
  buildConfiguration(readDefault, { places, workingDirectory: "/", development: true }, (problem) =>
    assert.fail(problem.message),
  );
  assert.deepEqual(
    listSettings(settings)
      .map(({ path }) => path)
      .filter((path) => !read.has(path)),
    [],
  );
});

test("names of flags and variables follow from the path and are unique", () => {
  assert.equal(environmentName("ingress.redirectToHttps"), "WEIR_INGRESS_REDIRECT_TO_HTTPS");
  assert.equal(flagName("ingress.redirectToHttps"), "ingress-redirect-to-https");
  const flags = listSettings(settings).map(({ path }) => flagName(path));
  assert.equal(new Set(flags).size, flags.length);
});

test("every setting is explained in sentences", () => {
  for (const setting of listSettings(settings)) {
    assert.match(setting.meaning, /^[A-Z0-9].*\.$/s, setting.path);
    assert.ok(summaryOf(setting).length > 10, setting.path);
  }
});

test("a table may be nested to any depth", () => {
  const table: SettingTable = { a: { b: { c: settings.api.port } } };
  assert.deepEqual(listSettings(table), [settings.api.port]);
});
