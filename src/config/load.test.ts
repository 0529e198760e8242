import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type ConfigurationRequest, loadConfiguration } from "./load.ts";

describe("loading the configuration", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "weir-config-"));
  });
  after(() => rm(folder, { recursive: true }));

  function request(change: Partial<ConfigurationRequest> = {}): ConfigurationRequest {
    return {
      environment: { HOME: folder },
      workingDirectory: "/somewhere",
      flags: new Map(),
      development: false,
      ...change,
    };
  }

  async function loadText(text: string) {
    const file = join(folder, "weir.yaml");
    await writeFile(file, text);
    return loadConfiguration(request({ file }));
  }

  async function problemsOf(text: string) {
    const { problems } = await loadText(text);
    return problems.map(({ code, position, message, hint }) => ({
      code,
      at: position === undefined ? undefined : `${position.line}:${position.column}`,
      message,
      hint,
    }));
  }

  test("without anything said, the defaults hold and no file is needed", async () => {
    const { configuration, file, problems } = await loadConfiguration(request());
    assert.deepEqual(problems, []);
    assert.equal(file, undefined);
    assert.equal(configuration.stateDirectory, join(folder, ".local/state/weir"));
    assert.equal(configuration.sources.store, join(folder, ".local/state/weir/weir.db"));
    assert.equal(configuration.api.port, 9347);
    assert.deepEqual(configuration.clientAddress, { kind: "direct" });
    assert.equal(configuration.development.certificates, false);
  });

  test("flags win over variables, variables over the file, the file over the command's defaults", async () => {
    const file = join(folder, "layers.yaml");
    await writeFile(file, "api:\n  port: 1000\n  address: 10.0.0.1\nports: {80: 1080}\n");
    const { configuration, problems } = await loadConfiguration(
      request({
        file,
        environment: { HOME: folder, WEIR_API_PORT: "2000", WEIR_XDS_SOCKET: "run/xds.sock" },
        flags: new Map([["api-port", "3000"]]),
        commandDefaults: new Map([
          ["ports", "80=8080"],
          ["log.level", "debug"],
        ]),
      }),
    );
    assert.deepEqual(problems, []);
    assert.equal(configuration.api.port, 3000);
    assert.equal(configuration.api.address, "10.0.0.1");
    assert.equal(configuration.xdsSocket, "/somewhere/run/xds.sock");
    assert.deepEqual([...configuration.ports], [[80, 1080]]);
    assert.equal(configuration.log.level, "debug");
  });

  test("the file may name every kind of value", async () => {
    const { configuration, problems } = await loadText(`
stateDirectory: ~/state
sources:
  order: [store, file]
  files: [~/objects, more]
ingress:
  redirectToHttps: false
  classless: ignore
  defaultBackend: shop/front:http
  defaultCertificate: shop/tls
clientAddress: {from: x-forwarded-for, trustedNetworks: [10.0.0.0/8, "::1"]}
accessLog:
  fields: {rule: "%ROUTE_NAME%"}
serving: {releaseAfter: 1.5s}
edge:
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(configuration.sources, {
      order: ["store", "file"],
      files: [join(folder, "objects"), "/somewhere/more"],
      store: join(folder, "state/weir.db"),
    });
    assert.deepEqual(configuration.ingress.defaultBackend, { service: "shop/front", port: "http" });
    assert.equal(configuration.ingress.redirectToHttps, false);
    assert.deepEqual(configuration.clientAddress, { kind: "trusted-cidrs", cidrs: ["10.0.0.0/8", "::1/128"] });
    assert.deepEqual(configuration.edge.accessLog, {
      kind: "json",
      path: "/dev/stdout",
      fields: { rule: "%ROUTE_NAME%" },
    });
    assert.equal(configuration.releaseAfterMs, 1500);
  });

  test("an unknown setting is reported where it stands, with the likely one", async () => {
    assert.deepEqual(await problemsOf("api:\n  prot: 1\nclientAdress: 1\nsomethingElse: {}\n"), [
      { code: "WR0602", at: "2:3", message: "there is no setting api.prot", hint: "did you mean api.port?" },
      {
        code: "WR0602",
        at: "3:1",
        message: "there is no setting clientAdress",
        hint: "did you mean clientAddress?",
      },
      {
        code: "WR0602",
        at: "4:1",
        message: "there is no setting somethingElse",
        hint: "`weir up --help` lists the settings",
      },
    ]);
  });

  test("a wrong value is reported where it stands", async () => {
    assert.deepEqual(
      await problemsOf(
        "api: {port: 70000}\ningress:\n  classless: served\n  redirectToHttps: 'yes'\nports: {80: x}\nlog: loud\n",
      ),
      [
        { code: "WR0603", at: "6:1", message: "log is a group of settings, not a value", hint: undefined },
        {
          code: "WR0603",
          at: "1:13",
          message: 'api.port: expected a whole number from 0 to 65535, found "70000"',
          hint: undefined,
        },
        {
          code: "WR0603",
          at: "5:8",
          message: 'ports: 80: expected a whole number from 1 to 65535, found "x"',
          hint: undefined,
        },
        {
          code: "WR0603",
          at: "3:14",
          message: 'ingress.classless: expected serve or ignore, found "served"',
          hint: "did you mean serve?",
        },
        {
          code: "WR0603",
          at: "4:20",
          message: 'ingress.redirectToHttps: expected true or false, found "yes"',
          hint: undefined,
        },
      ],
    );
  });

  test("settings that contradict each other are reported", async () => {
    const [problem] = await problemsOf("clientAddress: {from: x-forwarded-for}\n");
    assert.equal(problem?.code, "WR0603");
    assert.match(problem?.message ?? "", /needs either clientAddress.trustedHops or clientAddress.trustedNetworks/);
  });

  test("the API's certificate and key belong together", async () => {
    const [problem] = await problemsOf("api: {certificateFile: a.pem}\n");
    assert.equal(problem?.message, "api.certificateFile and api.keyFile belong together");
    const { configuration } = await loadText(
      "api: {certificateFile: ~/a.pem, keyFile: /b.pem, hostNames: [weir.test]}\n",
    );
    assert.deepEqual(configuration.api.tls, { certificateFile: join(folder, "a.pem"), keyFile: "/b.pem" });
    assert.deepEqual(configuration.api.hostNames, ["weir.test"]);
  });

  test("text that is not a YAML mapping is reported, not thrown", async () => {
    assert.equal((await problemsOf("a: [1"))[0]?.code, "WR0601");
    assert.equal((await problemsOf("- a"))[0]?.code, "WR0601");
    assert.deepEqual(await problemsOf(""), []);
  });

  test("a named file that does not exist is a problem; the usual one need not exist", async () => {
    const named = await loadConfiguration(request({ environment: { HOME: folder, WEIR_CONFIG: "nowhere.yaml" } }));
    assert.deepEqual(
      named.problems.map(({ message }) => message),
      ["cannot read the configuration file /somewhere/nowhere.yaml: there is no such file"],
    );
  });

  test("a variable that names no setting gets a warning", async () => {
    const environment = { HOME: folder, WEIR_API_PROT: "1", WEIR_URL: "http://127.0.0.1:1", WEIR_CLUSTER: "mine" };
    const { problems } = await loadConfiguration(request({ environment }));
    assert.deepEqual(
      problems.map(({ code, hint }) => ({ code, hint })),
      [{ code: "WR0604", hint: "did you mean WEIR_API_PORT?" }],
    );
  });
});
