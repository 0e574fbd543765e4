/** Every time-out of a request, in milliseconds of real time. */
export const TIMEOUTS = {
	/** A paid submission: a slow answer is far cheaper than an uncertain purchase. */
	submission: 180_000,
	/** One poll of a task. */
	poll: 60_000,
	/** Character creation answers when it is done; the gateway's clients allow 300 s. */
	character: 330_000,
	/** A file of the largest size, over a slow line. */
	upload: 600_000,
	models: 30_000,
	/** Until the file host begins to answer. */
	downloadStart: 60_000,
	/** For one whole video. */
	download: 1_800_000,
} as const;

/** Attempts at a request in all, the first one included, where a failure says of itself that it may be repeated. */
export const ATTEMPTS = {
	/** Each of them failed before anything could be bought. */
	submission: 6,
	upload: 4,
	/** A single poll, by Video > Get that does not wait: it outlives passing trouble, and no longer outage. */
	singlePoll: 4,
	/** A poll after a call of the trigger; with the growing pauses about ten minutes. */
	callbackPoll: 12,
	/** At a file, each with a fresh link. */
	download: 3,
} as const;
