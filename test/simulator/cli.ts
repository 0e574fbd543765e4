/* eslint-disable @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { startSimulator } from './simulator';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @param speed gateway seconds in a real second */
async function main(speed: number): Promise<void> {
	if (!(speed > 0)) throw new Error('Usage: npm run simulator [-- SPEED], a number above 0');
	const { url, apiKey, close } = await startSimulator({ timeScale: speed, log: say });
	say(`The stand-in gateway is at ${url}, and this key works: ${apiKey}

How one task goes, in its prompt (":3" = the first three requests only):
  A duck on a pond [[renderSeconds=5 outcome=moderation pollFault=html502:3]]
How all go (what is unknown is refused with all names that are known):
  curl -X PUT ${url}/simulator/scenario -H 'content-type: application/json' -d '{"submitFault":"resetAfter:1"}'
What was bought, and what was asked:
  curl ${url}/simulator/purchases
  curl ${url}/simulator/requests
Back to the start:
  curl -X POST ${url}/simulator/reset

Ctrl-C stops it.`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
}

main(Number(process.argv[2] ?? 1)).catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
