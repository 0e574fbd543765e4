import { sleep } from 'n8n-workflow';

const LOOK_EVERY_MS = 20;
/** Shorter than any test's own limit, which would leave an endless loop behind. */
const MAX_MS = 170_000;

/** Waits for something that happens elsewhere. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = Date.now() + MAX_MS;
	while (!(await holds())) {
		if (Date.now() > deadline) throw new Error('Waited in vain');
		await sleep(LOOK_EVERY_MS);
	}
}
