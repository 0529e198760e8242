import { X509Certificate } from "node:crypto";
import { createAuthority, type IssuedCertificate, issueCertificate } from "./certificates.ts";

/** What the xDS port is served with, and what vouches for it. */
export interface XdsCertificates {
  /** Oldest first: the one in use and, while it is being replaced, its successor; or that and its predecessor. Never empty. */
  readonly authorities: readonly IssuedCertificate[];
  readonly server: IssuedCertificate;
}

export interface XdsCertificateLifetimes {
  readonly authorityMs: number;
  readonly serverMs: number;
  /**
   * How long a new authority is trusted before it vouches for anything, and an old one after the last thing it vouched for was replaced. Longer than
   * any proxy or replica takes to hear of a change: a kubelet refreshes a ConfigMap within two minutes or so.
   */
  readonly overlapMs: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const defaultXdsLifetimes: XdsCertificateLifetimes = {
  authorityMs: 730 * dayMs,
  serverMs: 30 * dayMs,
  overlapMs: 24 * hourMs,
};

/** The names of the xDS Service `<service>.<namespace>.svc`; proxies ask for the first. */
export function xdsServerNames(service: string, namespace: string): readonly string[] {
  const name = `${service}.${namespace}`;
  return [`${name}.svc`, name, `${name}.svc.cluster.local`];
}

/**
 * The certificates as they should be at `now`; `current` itself where nothing is to be done. Only the leader calls this, when it
 * starts and every few hours, and stores the result in one Secret (`xdsSecret`) from which every replica serves.
 *
 * Every certificate is renewed after two thirds of its life. An authority is replaced in three steps, `overlapMs` apart, so that no proxy ever meets
 * a certificate whose authority it has not heard of: the successor is trusted; it vouches for the server; its predecessor is trusted no more.
 * Where there is nothing that can be kept (nothing was made yet, or all of it has expired) everything is made anew.
 */
export async function xdsCertificates(
  current: XdsCertificates | undefined,
  names: readonly string[],
  now: Date,
  lifetimes: XdsCertificateLifetimes = defaultXdsLifetimes,
): Promise<XdsCertificates> {
  const { authorityMs, serverMs, overlapMs } = lifetimes;
  const authorities = (current?.authorities ?? []).filter((each) => spanOf(each).until > now.getTime());
  const newest = authorities.at(-1);
  if (newest === undefined || isDue(newest, now)) {
    authorities.push(await createAuthority("Weir xDS", { from: now, until: new Date(now.getTime() + authorityMs) }));
  }

  // The newest that everybody has heard of; the oldest where nobody can have heard of any other.
  const signer = authorities.findLast((each) => spanOf(each).from + overlapMs <= now.getTime()) ?? authorities[0];
  if (signer === undefined) throw new Error("an authority was made and is missing");
  let server = current?.server;
  if (server === undefined || !isIssuedBy(server, signer) || !hasNames(server, names) || isDue(server, now)) {
    const until = Math.min(now.getTime() + serverMs, spanOf(signer).until);
    server = await issueCertificate(signer, names, { from: now, until: new Date(until) }, "Weir control plane");
  }

  const isSettled = spanOf(server).from + overlapMs <= now.getTime();
  const trusted = isSettled ? authorities.slice(authorities.indexOf(signer)) : authorities;
  const isUnchanged = server === current?.server && sameList(trusted, current?.authorities ?? []);
  return isUnchanged && current !== undefined ? current : { authorities: trusted, server };
}

/** PEM: what proxies shall trust. */
export function trustBundle({ authorities }: XdsCertificates): string {
  return authorities.map(({ certificate }) => certificate).join("");
}

/** The validity as it was asked for: issuing puts the beginning back by an hour, for slow clocks. */
function spanOf({ certificate }: IssuedCertificate): { readonly from: number; readonly until: number } {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return { from: validFromDate.getTime() + hourMs, until: validToDate.getTime() };
}

function isDue(issued: IssuedCertificate, now: Date): boolean {
  const { from, until } = spanOf(issued);
  return now.getTime() >= until - (until - from) / 3;
}

function isIssuedBy(issued: IssuedCertificate, authority: IssuedCertificate): boolean {
  const parent = new X509Certificate(authority.certificate);
  const child = new X509Certificate(issued.certificate);
  return child.checkIssued(parent) && child.verify(parent.publicKey);
}

function hasNames({ certificate }: IssuedCertificate, names: readonly string[]): boolean {
  const parsed = new X509Certificate(certificate);
  return names.every((name) => parsed.checkHost(name, { subject: "never" }) === name);
}

function sameList(a: readonly IssuedCertificate[], b: readonly IssuedCertificate[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
