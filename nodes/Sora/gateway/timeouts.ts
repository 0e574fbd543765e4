/** Time-outs of requests, in milliseconds of real time, from the start to the last byte of the answer. */
export const TIMEOUTS = {
	/** A slow answer is far cheaper than an uncertain purchase. */
	submission: 180_000,
	poll: 30_000,
	/** Gateways answer when the character is done; their own clients allow 300 s. */
	character: 330_000,
	/** The largest file over a slow line. */
	upload: 600_000,
	models: 30_000,
	/** The same list, for an error message that can do without it. */
	modelsForError: 3_000,
	/** Until the first bytes of a file arrive. */
	downloadStart: 60_000,
	/** The same for the gateway's own files: some gateways fetch the whole file before they send the first byte. */
	contentStart: 120_000,
	/** One whole video. */
	download: 1_800_000,
} as const;

/** Maximum number of attempts, the first one included, for failures that may be retried. */
export const ATTEMPTS = {
	submission: 6,
	upload: 4,
	/** For Video > Get without waiting: survives transient failures, not an outage. */
	singlePoll: 4,
	/** If a retry would fail the same way: one more, in case of a DNS glitch. */
	lasting: 2,
} as const;

/** How long to keep trying, in milliseconds on the run's clock. */
export const PATIENCE = {
	/** For the name of a character that the gateway makes asynchronously. */
	character: 300_000,
	/** Attempts to download a file, each with a fresh link, counted from the first failure. */
	download: 120_000,
	/** The same, if the host says when to retry. */
	retryAfter: 900_000,
	/** Attempts without a connection: longer than a gateway's restart, yet a wrong address is reported soon. */
	noConnection: 20_000,
	/** The final poll at the deadline. */
	lastPoll: 3_000,
	/** A slower poll no longer counts as in flight, so it blocks no other task. */
	slowPoll: 3_000,
} as const;

export const LIMITS = {
	/** Bytes of an API answer, decompressed. A task is a few kilobytes. */
	answer: 16 * 1024 * 1024,
	/** Milliseconds without data in the middle of a file, after which no more will come. */
	silence: 60_000,
	/** Milliseconds to connect, where n8n times that separately; two attempts fit in `noConnection`. */
	connect: 8_000,
} as const;
