/**
 * What an open port is hardened with unless its gateway says otherwise. Envoy's own defaults are made for trusted networks; sources: Envoy, "Configuring
 * Envoy as an edge proxy" and the threat model.
 */
export const edge = {
  /** Bytes per connection; Envoy's 1 MiB lets few connections fill the memory. */
  connectionBuffer: 32_768,
  /** Seconds a connection may lie idle. */
  idleTimeout: 3_600,
  /** Seconds a stream may go without any traffic. */
  streamIdleTimeout: 300,
  /** Seconds until the headers of a request must be complete. */
  requestHeadersTimeout: 60,
  /** Seconds until TLS and everything before HTTP must be done. */
  handshakeTimeout: 15,
  /** Seconds a connection with a slow reader may keep its buffers full. */
  slowReaderTimeout: 60,
  /** Seconds between the last byte and the close of a connection that ends with an error. */
  delayedCloseTimeout: 1,
  /** Seconds between the notice to HTTP/2 clients and the end of their connection. */
  drainTimeout: 5,
  maximumHeaderKilobytes: 60,
  maximumHeaders: 100,
  http2: {
    maximumStreams: 100,
    streamWindow: 65_536,
    connectionWindow: 1_048_576,
    /** Resets of streams a client may have at once, and for each second (CVE-2023-44487). */
    resetBurst: 1_000n,
    resetRate: 33n,
  },
} as const;
