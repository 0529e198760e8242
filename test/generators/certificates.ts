import { createAuthority, issueCertificate } from "../../src/identity/certificates.ts";
import { type Peer, peerAuthority } from "../e2e/peer-certificates.ts";
import { backendNames } from "./pools.ts";

/** Texts for Secrets: good ones for the hosts that worlds use, and broken ones; and what both sides of a connection prove themselves by. */
export interface TestCertificates {
  readonly good: readonly { readonly hosts: readonly string[]; readonly chain: string; readonly key: string }[];
  readonly expired: { readonly chain: string; readonly key: string };
  /** Of another certificate than any of the good ones. */
  readonly strangeKey: string;
  readonly peers: PeerCertificates;
}

export interface PeerCertificates {
  /** Signed what backends show, and what trusted clients do. */
  readonly authority: string;
  readonly backend: Peer;
  readonly trusted: Peer;
  /** Signed the strange client's. */
  readonly strangeAuthority: string;
  readonly strange: Peer;
}

const [provable] = backendNames;
const from = new Date("2026-01-01T00:00:00Z");
const until = new Date("2046-01-01T00:00:00Z");

/** Real certificates, made anew each time; a few milliseconds each. */
export async function makeTestCertificates(): Promise<TestCertificates> {
  const authority = await createAuthority("Weir test authority", { from, until });
  const issue = async (hosts: readonly string[], end: Date) => {
    const issued = await issueCertificate(authority, hosts, { from: new Date("2025-01-01T00:00:00Z"), until: end });
    return { hosts, chain: issued.certificate, key: issued.privateKey.reveal() };
  };
  const good = await Promise.all(
    [["shop.test"], ["*.shop.test"], ["api.shop.test", "blog.test"], ["*.team.test", "team.test"]].map((hosts) =>
      issue(hosts, until),
    ),
  );
  const expired = await issue(["shop.test"], new Date("2025-06-01T00:00:00Z"));
  const stranger = await issue(["stranger.test"], until);
  return { good, expired, strangeKey: stranger.key, peers: await makePeers() };
}

async function makePeers(): Promise<PeerCertificates> {
  const [authority, strangers] = await Promise.all([peerAuthority("Known peers"), peerAuthority("Strange peers")]);
  return {
    authority: authority.certificate,
    backend: await authority.issue("server", { dns: [provable] }),
    trusted: await authority.issue("client", { dns: ["client.test"] }),
    strangeAuthority: strangers.certificate,
    strange: await strangers.issue("client", { dns: ["client.test"] }),
  };
}
