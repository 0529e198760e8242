import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { intersectHosts } from "../../references/hostnames.ts";
import { isAccepted, type ListenerEntry } from "./gateway-entry.ts";
import { tlsOverlaps } from "./overlapping-tls.ts";

const hosts = [
  "*",
  "*.test",
  "*.a.test",
  "a.test",
  "b.a.test",
  "c.b.a.test",
  "*.b.a.test",
  "other.example",
  "*.example",
];

const listener = fc.record({
  hostname: fc.constantFrom(...hosts),
  port: fc.constantFrom(443, 8443),
  protocol: fc.constantFrom("HTTPS", "HTTPS", "HTTPS", "TLS", "HTTP"),
  conflict: fc.option(fc.constant({ reason: "HostnameConflict" } as const), { nil: undefined, freq: 4 }),
});

test("listeners overlap exactly where two by two their hosts do", () => {
  fc.assert(
    fc.property(fc.array(fc.array(listener, { maxLength: 6 }), { maxLength: 4 }), (written) => {
      const objects = written.map((listeners, object) =>
        listeners.map(
          ({ conflict, ...rest }, index): ListenerEntry => ({
            ...rest,
            ...(conflict === undefined ? {} : { conflict }),
            key: `${object}/${index}`,
            index,
            section: `l${index}`,
            supported: true,
            kinds: [],
            hasUnknownKinds: false,
            namespaces: { from: "Same" },
          }),
        ),
      );
      const overlap = (a: ListenerEntry, b: ListenerEntry): boolean =>
        a.key !== b.key &&
        a.protocol === "HTTPS" &&
        b.protocol === "HTTPS" &&
        a.port === b.port &&
        intersectHosts(a.hostname, b.hostname) !== undefined;
      const expected = objects.flatMap((own) =>
        own.flatMap((one) => {
          const sections = own.filter((other) => overlap(one, other)).map(({ section }) => section);
          const elsewhere = objects.some(
            (others) => others !== own && others.some((other) => isAccepted(other) && overlap(one, other)),
          );
          return sections.length > 0 || elsewhere ? [[one.key, { sections, elsewhere }]] : [];
        }),
      );
      assert.deepEqual(Object.fromEntries(tlsOverlaps(objects)), Object.fromEntries(expected));
    }),
  );
});
