import { sleep } from 'n8n-workflow';

const LOOK_EVERY_MS = 20;
/** Less than any test's own limit would leave a loop behind that nobody ends. */
const MAX_MS = 170_000;

/** Waits for what happens elsewhere. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = Date.now() + MAX_MS;
	while (!(await holds())) {
		if (Date.now() > deadline) throw new Error('Waited in vain');
		await sleep(LOOK_EVERY_MS);
	}
}
