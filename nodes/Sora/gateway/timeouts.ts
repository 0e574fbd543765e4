/** Every time-out of a request, in milliseconds of real time. */
export const TIMEOUTS = {
	/** A paid submission: a slow answer is far cheaper than an uncertain purchase. */
	submission: 180_000,
	/** One look at a task. */
	look: 60_000,
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
