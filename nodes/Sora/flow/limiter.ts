/** Runs at most `places` jobs at a time, in the order in which they came. */
export function limiter(places: number) {
	const waiting: Array<() => void> = [];
	let free = places;
	return async <T>(job: () => Promise<T>): Promise<T> => {
		if (free > 0) free--;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		try {
			return await job();
		} finally {
			const next = waiting.shift();
			if (next) next();
			else free++;
		}
	};
}
