/** What is asked and answered between a test and the process that asks in the cluster's network. */

export interface Question {
  readonly address: string;
  /** The Host header. */
  readonly host: string;
  /** Sent as it stands. */
  readonly path: string;
  /** Over TLS on port 443; without it over HTTP on port 80. */
  readonly tls?: {
    /** What the client asks for; undefined for a client that names no host. */
    readonly serverName?: string;
    /** The certificate authority that the client trusts, in PEM. */
    readonly authority: string;
  };
}

export interface Answer {
  readonly status?: number;
  /** The Service whose pod answered. */
  readonly service?: string;
  readonly location?: string;
  /** The names in the certificate that was shown. */
  readonly certificate?: string;
  /** Why there is no answer. */
  readonly error?: string;
}

/** One line on the way there. */
export interface Asked {
  readonly id: number;
  readonly question: Question;
  /** Asked again until the answer is this, as far as it is given, or patience has run out. */
  readonly wanted: Answer;
  readonly patienceMs: number;
}

/** One line on the way back. */
export interface Answered {
  readonly id: number;
  readonly answer: Answer;
}
