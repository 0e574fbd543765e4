/** Every time-out of a request, in milliseconds of real time, from its beginning to the last byte of its answer. */
export const TIMEOUTS = {
	/** A slow answer is far cheaper than an uncertain purchase. */
	submission: 180_000,
	poll: 30_000,
	/** Character creation answers when it is done; the gateway's clients allow 300 s. */
	character: 330_000,
	/** A file of the largest size, over a slow line. */
	upload: 600_000,
	models: 30_000,
	/** The same list, for an error that does without it where it takes longer. */
	modelsForError: 3_000,
	/** Until the first bytes of a file have come. */
	downloadStart: 60_000,
	/** The same where the gateway itself keeps the file: some fetch it whole before they send the first byte. */
	contentStart: 120_000,
	/** One whole video. */
	download: 1_800_000,
} as const;

/** Attempts at a request in all, the first one included, where a failure says of itself that it may be repeated. */
export const ATTEMPTS = {
	submission: 6,
	upload: 4,
	/** By Video > Get that does not wait: it survives transient failures, not an outage. */
	singlePoll: 4,
	/** Where another attempt would end the same way: once more, for a name server that stumbled. */
	lasting: 2,
} as const;

/** How long something goes on, in milliseconds on the run's clock. */
export const PATIENCE = {
	/** For the name of a character that the gateway makes in its own time. */
	character: 300_000,
	/** Attempts at a file, each with a fresh link, from the first that failed. */
	download: 120_000,
	/** The same, where the host says when to ask again. */
	retryAfter: 900_000,
	/** Attempts without a connection: a gateway restarts in less, and a wrong address is reported soon. */
	noConnection: 20_000,
	/** The poll at the deadline itself. */
	lastPoll: 3_000,
	/** A poll that takes longer holds no place that another task could have. */
	slowPoll: 3_000,
} as const;

export const LIMITS = {
	/** Bytes of an answer of the API, unpacked. A task is a few kilobytes. */
	answer: 16 * 1024 * 1024,
	/** In the middle of a file, in milliseconds: a host that sends nothing for so long will send nothing more. */
	silence: 60_000,
	/** Milliseconds to connect, on hosts that measure it apart from the wait for an answer; two fit `noConnection`. */
	connect: 8_000,
} as const;
